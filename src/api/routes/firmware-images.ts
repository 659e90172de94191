/** Firmware files that we keep and serve to stations. */
import { FileTooLarge } from '../../upkeep/transfer/file-shelf.js';
import type { FirmwareImage } from '../../upkeep/firmware/firmware.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { Problem } from '../problem.js';
import { withRawBodies } from '../raw-bodies.js';
import { instant } from '../render/instant.js';
import { problems, READ, READ_ONE } from '../route-schema.js';
import {
  type FirmwareImageBody,
  FirmwareImageList,
  FirmwareImageSchema,
  IMAGE_MAX_BYTES,
  ImageParams,
} from '../schema/firmware.js';
import { write } from '../write.js';

/** Over a slow line of whoever administers this. */
const UPLOAD_WITHIN_MS = 6 * 3_600_000;

export async function firmwareImages(app: App, api: ApiContext): Promise<void> {
  app.get(
    '/v1/firmware-images',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Firmware files kept here',
        tags: ['firmware'],
        response: { 200: FirmwareImageList, ...problems(...READ) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const images = await orUnavailable(api.store.upkeep.firmwareImages.list(tenantId));
      return { items: images.map(render) };
    },
  );

  app.delete(
    '/v1/firmware-images/:name',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Remove a firmware file',
        tags: ['firmware'],
        params: ImageParams,
        response: {
          200: FirmwareImageSchema,
          ...problems(...READ_ONE),
        },
      },
    },
    async (request) => {
      const { tenantId, actor } = principal(request);
      const { name } = request.params;
      const { firmwareImages: images } = api.store.upkeep;
      const found = await orUnavailable(images.find(tenantId, name));
      if (found === undefined) throw new Problem('not-found', { detail: `no image ${name}` });
      const change = { tenantId, actor, action: 'firmware-image.removed', target: `image:${name}` };
      const gone = await write(api, { ...change, before: render(found) }, () =>
        images.remove(tenantId, name),
      );
      if (gone !== undefined) await api.upkeep.files.remove(gone.fileKey);
      return render(found);
    },
  );

  await withRawBodies(app, (scope) => upload(scope, api));
}

function upload(app: App, api: ApiContext): void {
  app.put(
    '/v1/firmware-images/:name',
    {
      config: { access: 'admin', bodyWithinMs: UPLOAD_WITHIN_MS },
      schema: {
        summary: 'Keep a firmware file, to be served to stations',
        description: `The body is the file itself, of any content type, at most ${IMAGE_MAX_BYTES / 1024 / 1024} MiB.`,
        tags: ['firmware'],
        params: ImageParams,
        response: {
          200: FirmwareImageSchema,
          ...problems(...READ, 'invalid', 'body-too-large'),
        },
      },
    },
    async (request) => {
      const { tenantId, actor } = principal(request);
      const { name } = request.params;
      const file = await api.upkeep.files.put(request.raw, IMAGE_MAX_BYTES).catch(nameTooLarge);
      if (file.sizeBytes === 0) {
        await api.upkeep.files.remove(file.fileKey);
        throw new Problem('invalid', { detail: 'the body is empty; send the file itself' });
      }
      const image = { tenantId, actor, name, ...file, createdAtMs: api.clock.nowMs() };
      const change = { tenantId, actor, action: 'firmware-image.put', target: `image:${name}` };
      const before = await write(api, { ...change, after: render(image) }, () =>
        api.store.upkeep.firmwareImages.put(image),
      );
      if (before !== undefined) await api.upkeep.files.remove(before.fileKey);
      return render(image);
    },
  );
}

function nameTooLarge(cause: unknown): never {
  if (!(cause instanceof FileTooLarge)) throw cause;
  const detail = `at most ${IMAGE_MAX_BYTES} bytes`;
  throw new Problem('body-too-large', { detail, cause });
}

function render({ name, sizeBytes, sha256, createdAtMs, actor }: FirmwareImage): FirmwareImageBody {
  return { name, sizeBytes, sha256, createdAt: instant(createdAtMs), actor };
}
