import { Type } from 'typebox';
import type { Static } from 'typebox';
import { FIRMWARE_STATUSES } from '../../upkeep/firmware/firmware.js';
import { Id, Instant, PageOf, Word } from './common.js';
import { Actor, closed, Detail, Tries } from './upkeep.js';

export const IMAGE_MAX_BYTES = 256 * 1024 * 1024;

const ImageName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$',
  description: 'Letters, digits, dot, dash and underscore; at most 100.',
});
export const ImageParams = Type.Object({ name: ImageName });

export const FirmwareImageSchema = Type.Object(
  {
    name: Type.String(),
    sizeBytes: Type.Integer(),
    sha256: Type.String({ description: 'Hex.' }),
    createdAt: Instant('Uploaded.'),
    actor: Actor,
  },
  { title: 'FirmwareImage' },
);
export type FirmwareImageBody = Static<typeof FirmwareImageSchema>;
export const FirmwareImageList = Type.Object(
  { items: Type.Array(FirmwareImageSchema) },
  { title: 'FirmwareImageList' },
);

export const FirmwareUpdateCreate = Type.Object(
  {
    stationId: Id('The charging station.'),
    location: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 512,
        pattern: '^(https?|ftps?)://[\\x21-\\x7e]+$',
        description: 'Where the station fetches it; this, or `imageName`.',
      }),
    ),
    imageName: Type.Optional(ImageName),
    retrieveAt: Type.Optional(Instant('Not before; at once if absent.')),
    installAt: Type.Optional(Instant('Not before. A plain OCPP 1.6 update cannot say so.')),
    signature: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 800,
        pattern: '^[A-Za-z0-9+/=]+$',
        description: 'Of the file, base64; with `signingCertificatePem`.',
      }),
    ),
    signingCertificatePem: Type.Optional(Type.String({ minLength: 1, maxLength: 5500 })),
    ...Tries,
  },
  { ...closed, title: 'FirmwareUpdateCreate' },
);
export type FirmwareUpdateAsk = Static<typeof FirmwareUpdateCreate>;

export const FirmwareUpdateSchema = Type.Object(
  {
    id: Type.Integer(),
    siteId: Type.String(),
    stationId: Type.String(),
    location: Type.Optional(Type.String()),
    imageName: Type.Optional(Type.String()),
    retrieveAt: Instant('Not fetched before.'),
    installAt: Type.Optional(Instant('Not installed before.')),
    signed: Type.Boolean(),
    status: Word([...FIRMWARE_STATUSES], 'How far it is; `unknown`: no answer came.'),
    detail: Detail,
    createdAt: Instant('Asked for.'),
    updatedAt: Instant('Last news.'),
    endedAt: Type.Optional(Instant('Over since.')),
    actor: Actor,
  },
  { title: 'FirmwareUpdate' },
);
export type FirmwareUpdateBody = Static<typeof FirmwareUpdateSchema>;
export const FirmwareUpdatePage = PageOf(FirmwareUpdateSchema, 'FirmwareUpdatePage');
