import { singleCall, type Step } from '../step.js';

interface GetConfigurationAnswer {
  readonly configurationKey?: readonly { readonly key: string; readonly value?: string }[];
}

/** 1.6 §5.8 GetConfiguration of all keys; a key without a value is left out. */
export function readVariables16(): Step {
  return singleCall<GetConfigurationAnswer>(
    { action: 'GetConfiguration', payload: {} },
    ({ configurationKey }) => ({
      status: 'accepted',
      variables: Object.fromEntries(
        (configurationKey ?? []).flatMap(({ key, value }) =>
          value === undefined ? [] : [[key, value]],
        ),
      ),
    }),
  );
}
