/** What the configuration says about the OCPP port. */
import type { GatewaySettings } from '../ocpp/settings.js';
import type { Config } from '../platform/config.js';
import { parseProxies } from '../platform/proxies.js';

/** A real station must not be told times that are not real. */
export const SIMULATOR_VENDOR = 'Busbar Simulator';

/** The rest has the defaults of the gateway. */
export function gatewaySettings(config: Config): Partial<GatewaySettings> {
  return {
    drainMs: config.drainMs,
    callTimeoutMs: config.callTimeoutMs,
    ...(config.clockSpeed === 1 ? {} : { vendorOnly: SIMULATOR_VENDOR }),
    unknownStationStatus: config.unknownStationStatus === '401' ? 401 : 404,
    allowUnauthenticated: config.allowUnauthenticatedStations === 'yes',
    ...tlsSettings(config),
    ...proxySettings(config),
  };
}

/** Absent where no certificate is configured. */
function tlsSettings(config: Config): Pick<GatewaySettings, 'tls'> {
  const { ocppTlsCert, ocppTlsKey, ocppTlsClientCa, ocppTlsClientOrganization } = config;
  if (ocppTlsCert === undefined || ocppTlsKey === undefined) return {};
  return {
    tls: {
      certificateFile: ocppTlsCert,
      keyFile: ocppTlsKey,
      ...(ocppTlsClientCa === undefined ? {} : { clientAuthorityFile: ocppTlsClientCa }),
      ...(ocppTlsClientOrganization === undefined
        ? {}
        : { clientOrganization: ocppTlsClientOrganization }),
    },
  };
}

/** Stations behind a proxy of ours are told apart by the address that it saw. */
function proxySettings({ trustProxy }: Config): Pick<GatewaySettings, 'trustedProxies'> {
  const trustedProxies = trustProxy === undefined ? undefined : parseProxies(trustProxy);
  return trustedProxies === undefined ? {} : { trustedProxies };
}
