/** Channels, rules and deliveries of alerts on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, Instant, Name, PageOf, PageQuery, Word } from './common.js';
import { FaultKindWord, SeverityWord } from './fault.js';

export const ChannelCreate = Type.Object(
  {
    kind: Word(['mail', 'webhook'], 'How it is told.'),
    name: Name('For people.'),
    target: Type.String({
      minLength: 3,
      maxLength: 2048,
      description: 'A mail address, or the https URL of a receiver of Standard Webhooks.',
    }),
  },
  { additionalProperties: false, title: 'AlertChannelCreate' },
);

export const ChannelSchema = Type.Object(
  {
    id: Type.String(),
    kind: Word(['mail', 'webhook'], 'How it is told.'),
    name: Type.String(),
    target: Type.String(),
    createdAt: Instant('Made.'),
    disabledAt: Type.Optional(Instant('Out of use since.')),
    disabledReason: Type.Optional(Type.String()),
  },
  { title: 'AlertChannel' },
);
export type ChannelBody = Static<typeof ChannelSchema>;
export const ChannelCreated = Type.Object(
  {
    channel: ChannelSchema,
    secret: Type.Optional(
      Type.String({ description: 'Signs the bodies of a webhook (whsec_...). Shown this once.' }),
    ),
  },
  { title: 'AlertChannelCreated' },
);
export const ChannelList = Type.Object(
  { items: Type.Array(ChannelSchema) },
  { title: 'AlertChannelList' },
);
export const ChannelParams = Type.Object({ channelId: Id('The channel.') });
export const ChannelSecret = Type.Object(
  { secret: Type.String({ description: 'The old one signs beside it for a day.' }) },
  { title: 'AlertChannelSecret' },
);

const LocalTime = (description: string) =>
  Type.String({ pattern: '^(?:[01][0-9]|2[0-3]):[0-5][0-9]$', description });

const RULE_FIELDS = {
  name: Name('For people.'),
  kinds: Type.Optional(Type.Array(FaultKindWord, { minItems: 1, maxItems: 50 })),
  siteIds: Type.Optional(Type.Array(Id('A site.'), { minItems: 1, maxItems: 1000 })),
  severityMin: SeverityWord,
  channelIds: Type.Array(Id('A channel.'), { minItems: 1, maxItems: 20 }),
  timeZone: Type.String({ minLength: 1, maxLength: 64, description: 'IANA name.' }),
  quietHours: Type.Optional(
    Type.Object(
      { from: LocalTime('Local time.'), to: LocalTime('Local time; may be past midnight.') },
      { additionalProperties: false },
    ),
  ),
  digest: Word(['none', 'hourly', 'daily'], 'Told at once, or together.'),
  dailyAt: Type.Optional(LocalTime('Of a daily digest; 08:00 if absent.')),
  tellsSolved: Type.Boolean({ description: 'Also tells when it is over.' }),
  enabled: Type.Boolean(),
};
export const RuleWrite = Type.Object(RULE_FIELDS, {
  additionalProperties: false,
  title: 'AlertRuleWrite',
});
export type RuleWriteBody = Static<typeof RuleWrite>;
export const RuleSchema = Type.Object(
  { id: Type.String(), ...RULE_FIELDS, version: Type.Integer() },
  { title: 'AlertRule' },
);
export type RuleBody = Static<typeof RuleSchema>;
export const RuleList = Type.Object({ items: Type.Array(RuleSchema) }, { title: 'AlertRuleList' });
export const RuleParams = Type.Object({ ruleId: Id('The rule.') });

const StateWord = Word(['waiting', 'delivered', 'failed'], 'How it stands.');
export const DeliverySchema = Type.Object(
  {
    id: Type.String({ description: 'Also the webhook-id, and part of the Message-ID.' }),
    channelId: Type.String(),
    ruleId: Type.Optional(Type.String()),
    type: Word(['fault.opened', 'fault.solved', 'faults.digest', 'alert.test'], 'What it tells.'),
    state: StateWord,
    attempts: Type.Integer(),
    dueAt: Instant('The next attempt, while it waits.'),
    lastStatus: Type.Optional(Type.Integer({ description: 'HTTP or SMTP status.' })),
    lastError: Type.Optional(Type.String()),
    createdAt: Instant('Made.'),
    endedAt: Type.Optional(Instant('Delivered or given up.')),
    payload: Type.Optional(Type.String({ description: 'As sent.' })),
  },
  { title: 'AlertDelivery' },
);
export type DeliveryBody = Static<typeof DeliverySchema>;
export const DeliveryPage = PageOf(DeliverySchema, 'AlertDeliveryPage');
export const DeliveryParams = Type.Object({ deliveryId: Id('The delivery.') });
export const DeliveryQuery = Type.Object(
  {
    channelId: Type.Optional(Id('Only over this channel.')),
    state: Type.Optional(StateWord),
    ...PageQuery,
  },
  { additionalProperties: false },
);
export const DeliveryTaken = Type.Object(
  { deliveryId: Type.String() },
  { title: 'AlertDeliveryTaken' },
);
