/** Who may charge, over the handlers of both versions and the real step. */
import { describe, expect, test } from 'vitest';
import { siteId } from '../../solver/index.js';
import { START_MS } from '../control/small-site.js';
import { allow, at, type Box, boxOf, noteCodes, openWorld, token, type World } from './box.js';

const HOUR_SEC = 3600;
const CLOSED = { stations: 2, settings: { acceptAnyToken: false } } as const;

function now({ script }: World): string {
  return new Date(script.nowMs).toISOString();
}

const start16 = (world: World, box: Box, idTag: string, connectorId = 1) =>
  box.send('StartTransaction', { connectorId, idTag, meterStart: 0, timestamp: now(world) });
const event = (world: World, eventType: string, transactionId: string, more: object = {}) => ({
  eventType,
  timestamp: now(world),
  triggerReason: 'Authorized',
  seqNo: 0,
  transactionInfo: { transactionId },
  evse: { id: 1, connectorId: 1 },
  ...more,
});
const rfid = (idToken: string) => ({ idToken, type: 'ISO14443' });

describe('Authorize', () => {
  test('1.6 compares idTags without regard to case, and tells expiry and group', async () => {
    const world = openWorld(CLOSED);
    const expiresAtMs = START_MS + 30 * 86_400_000;
    allow(world, token('04A2b3', { groupId: 'FLEET', expiresAtMs }));
    const answer = await boxOf(world, 'S1').send('Authorize', { idTag: '04a2B3' });
    expect(answer).toEqual({
      idTagInfo: {
        status: 'Accepted',
        parentIdTag: 'FLEET',
        expiryDate: new Date(expiresAtMs).toISOString(),
      },
    });
  });

  test('C01 2.x tells the same, and the language', async () => {
    const world = openWorld(CLOSED);
    const groupId = 'a-group-that-is-too-long-for-1.6';
    allow(world, token('04A2B3', { groupId, language: 'de' }));
    expect(
      await boxOf(world, 'S1', 'ocpp2.0.1').send('Authorize', { idToken: rfid('04a2b3') }),
    ).toEqual({
      idTokenInfo: {
        status: 'Accepted',
        groupIdToken: { idToken: groupId, type: 'Central' },
        language1: 'de',
      },
    });
    const of16 = await boxOf(world, 'S2').send('Authorize', { idTag: '04A2B3' });
    expect(of16).toEqual({ idTagInfo: { status: 'Accepted' } });
  });

  test.each([
    ['nobody', undefined, 'Invalid', 'Unknown'],
    ['blocked', token('T', { status: 'Blocked' }), 'Blocked', 'Blocked'],
    ['invalid', token('T', { status: 'Invalid' }), 'Invalid', 'Invalid'],
    ['without credit', token('T', { status: 'NoCredit' }), 'Blocked', 'NoCredit'],
    ['of another hour', token('T', { status: 'NotAtThisTime' }), 'Blocked', 'NotAtThisTime'],
    [
      'of another type',
      token('T', { status: 'NotAllowedTypeEVSE' }),
      'Blocked',
      'NotAllowedTypeEVSE',
    ],
    ['of last year', token('T', { expiresAtMs: START_MS - 1 }), 'Expired', 'Expired'],
    [
      'of another site',
      token('T', { siteIds: [siteId('elsewhere')] }),
      'Blocked',
      'NotAtThisLocation',
    ],
  ])('of a token of %s', async (_what, known, in16, in2) => {
    const world = openWorld(CLOSED);
    if (known !== undefined) allow(world, known);
    expect(await boxOf(world, 'S1').send('Authorize', { idTag: 'T' })).toEqual({
      idTagInfo: { status: in16 },
    });
    const box = boxOf(world, 'S2', 'ocpp2.1');
    expect(await box.send('Authorize', { idToken: rfid('T') })).toEqual({
      idTokenInfo: { status: in2 },
    });
  });

  test('of a token that no station shall remember ends soon', async () => {
    const world = openWorld(CLOSED);
    allow(world, token('T', { allowOffline: false }));
    const answer = await boxOf(world, 'S1').send('Authorize', { idTag: 'T' });
    const expiryDate = new Date(world.script.nowMs + 300_000).toISOString();
    expect(answer).toEqual({ idTagInfo: { status: 'Accepted', expiryDate } });
  });

  test('of any token ends soon where the site asks each time', async () => {
    const world = openWorld({ settings: { offlineAuthorization: 'refused' } });
    allow(world, token('T'));
    const box = boxOf(world, 'S1', 'ocpp2.0.1');
    const answer = await box.send('Authorize', { idToken: rfid('T') });
    expect(answer['idTokenInfo']).toHaveProperty('cacheExpiryDateTime');
  });

  test('C02 of a start button and of a token that the station made is accepted', async () => {
    const world = openWorld(CLOSED);
    const box = boxOf(world, 'S1', 'ocpp2.0.1');
    for (const type of ['NoAuthorization', 'Local']) {
      const answer = await box.send('Authorize', { idToken: { idToken: 'x', type } });
      expect(answer).toEqual({ idTokenInfo: { status: 'Accepted' } });
    }
    const known = await box.send('Authorize', { idToken: { idToken: 'x', type: 'MacAddress' } });
    expect(known).toEqual({ idTokenInfo: { status: 'Unknown' } });
  });

  test('C07 of a contract certificate is not vouched for, whatever the token is', async () => {
    const world = openWorld(CLOSED);
    allow(world, token('DE8AAA1B2C3D4E', { type: 'eMAID' }));
    const box = boxOf(world, 'S1', 'ocpp2.0.1');
    const idToken = { idToken: 'DE8AAA1B2C3D4E', type: 'eMAID' };
    const hash = {
      hashAlgorithm: 'SHA256',
      issuerNameHash: 'aa',
      issuerKeyHash: 'bb',
      serialNumber: '01',
      responderURL: 'http://ocsp.example',
    };
    for (const more of [{ iso15118CertificateHashData: [hash] }, { certificate: 'PEM' }]) {
      expect(await box.send('Authorize', { idToken, ...more })).toEqual({
        idTokenInfo: { status: 'Invalid' },
        certificateStatus: 'CertChainError',
      });
    }
    expect(await box.send('Authorize', { idToken })).toEqual({
      idTokenInfo: { status: 'Accepted' },
    });
  });
});

describe('concurrent use', () => {
  test('a second transaction of a token is refused elsewhere, and its own end is not', async () => {
    const world = openWorld({ ...CLOSED, evsesPerStation: 2 });
    allow(world, token('T'));
    const [one, other] = [boxOf(world, 'S1'), boxOf(world, 'S2')];
    const first = await start16(world, one, 'T');
    expect(first['idTagInfo']).toEqual({ status: 'Accepted' });
    const second = await start16(world, other, 't');
    expect(second['idTagInfo']).toEqual({ status: 'ConcurrentTx' });
    expect(await other.send('Authorize', { idTag: 'T' })).toEqual({
      idTagInfo: { status: 'ConcurrentTx' },
    });
    expect((await start16(world, one, 'T', 2))['idTagInfo']).toEqual({ status: 'ConcurrentTx' });
    expect(await one.send('Authorize', { idTag: 'T' })).toEqual({
      idTagInfo: { status: 'Accepted' },
    });
    const { transactionId } = first;
    const stop = { transactionId, idTag: 'T', meterStop: 1, timestamp: now(world) };
    expect(await one.send('StopTransaction', stop)).toEqual({ idTagInfo: { status: 'Accepted' } });
  });

  test('a retried start is not refused because of itself', async () => {
    const world = openWorld(CLOSED);
    allow(world, token('T'));
    const box = boxOf(world, 'S1');
    const payload = { connectorId: 1, idTag: 'T', meterStart: 0, timestamp: now(world) };
    const first = await box.send('StartTransaction', payload);
    expect(await box.send('StartTransaction', payload)).toEqual(first);
  });

  test('a start on the same EVSE is not second: the one before it is over', async () => {
    const world = openWorld(CLOSED);
    allow(world, token('T'));
    const box = boxOf(world, 'S1');
    await start16(world, box, 'T');
    world.wait(600);
    expect((await start16(world, box, 'T'))['idTagInfo']).toEqual({ status: 'Accepted' });
  });

  test('a token that may, may, and one of long ago did not know of now', async () => {
    const world = openWorld(CLOSED);
    allow(world, token('M', { concurrent: 'allow' }), token('T'));
    const [one, other] = [boxOf(world, 'S1'), boxOf(world, 'S2', 'ocpp2.1')];
    await start16(world, one, 'M');
    const allowed = event(world, 'Started', 'x', { idToken: rfid('M') });
    expect((await other.send('TransactionEvent', allowed))['idTokenInfo']).toEqual({
      status: 'Accepted',
    });
    world.wait(HOUR_SEC);
    await start16(world, one, 'T');
    const late = event(world, 'Started', 'y', {
      idToken: rfid('T'),
      offline: true,
      timestamp: at(1),
    });
    expect((await other.send('TransactionEvent', late))['idTokenInfo']).toEqual({
      status: 'Accepted',
    });
  });
});

describe('a transaction whose token is refused', () => {
  const stops = (world: World) =>
    world.script.sent.filter((it) => it.command.kind === 'remote-stop').length;

  test.each(['ocpp1.6', 'ocpp2.0.1'] as const)(
    '%s exists, gets no current, and is told to stop when it goes on',
    async (version) => {
      const world = openWorld(CLOSED);
      const box = boxOf(world, 'S1', version);
      if (version === 'ocpp1.6') {
        const answer = await start16(world, box, 'STRANGER');
        expect(answer['transactionId']).toBeGreaterThan(0);
        expect(answer['idTagInfo']).toEqual({ status: 'Invalid' });
      } else {
        const payload = event(world, 'Started', 'x', { idToken: rfid('STRANGER') });
        expect(await box.send('TransactionEvent', payload)).toEqual({
          idTokenInfo: { status: 'Unknown' },
        });
      }
      expect(world.session()).toMatchObject({
        phase: 'active',
        authorization: { status: 'Unknown' },
      });
      expect(noteCodes(world.session())).toEqual(['unauthorised']);
      world.wait(30);
      expect(stops(world)).toBe(0);
      world.wait(60);
      expect(stops(world)).toBe(1);
      const limits = [...world.script.state.evses.values()].map((it) => it.decision?.limitA ?? 0);
      expect(Math.max(...limits)).toBe(0);
      world.wait(24 * HOUR_SEC);
      expect(stops(world)).toBe(5);
    },
  );

  test('is not told to stop once its station has ended it', async () => {
    const world = openWorld(CLOSED);
    const box = boxOf(world, 'S1');
    const { transactionId } = await start16(world, box, 'STRANGER');
    world.wait(20);
    const reason = 'DeAuthorized';
    const stop = { transactionId, meterStop: 0, timestamp: now(world), reason };
    await box.send('StopTransaction', stop);
    world.wait(HOUR_SEC);
    expect(stops(world)).toBe(0);
    expect(world.session().stopReason).toBe('DeAuthorized');
  });

  test('and that ran offline is noted and kept with its energy', async () => {
    const world = openWorld(CLOSED);
    const box = boxOf(world, 'S1');
    world.wait(5 * HOUR_SEC);
    const start = { connectorId: 1, idTag: 'GONE', meterStart: 100, timestamp: at(0) };
    const { transactionId } = await box.send('StartTransaction', start);
    await box.send('StopTransaction', { transactionId, meterStop: 4100, timestamp: at(HOUR_SEC) });
    expect(noteCodes(world.session())).toEqual(['started-offline', 'unauthorised']);
    expect(stops(world)).toBe(0);
  });

  test('E03 is set right by the token that comes after the cable', async () => {
    const world = openWorld(CLOSED);
    allow(world, token('T', { groupId: 'G' }));
    const box = boxOf(world, 'S1', 'ocpp2.0.1');
    const plugged = event(world, 'Started', 'x', { triggerReason: 'CablePluggedIn' });
    expect(await box.send('TransactionEvent', plugged)).toEqual({});
    world.wait(20);
    const shown = event(world, 'Updated', 'x', { seqNo: 1, idToken: rfid('T') });
    await box.send('TransactionEvent', shown);
    expect(world.session()).toMatchObject({
      idToken: 'T',
      authorization: { status: 'Accepted', groupId: 'G' },
    });
  });
});

describe('the end by a token', () => {
  const ended = async (endToken: string) => {
    const world = openWorld(CLOSED);
    allow(
      world,
      token('T', { groupId: 'G' }),
      token('MATE', { groupId: 'G' }),
      token('OTHER', { groupId: 'H' }),
    );
    const box = boxOf(world, 'S1');
    const { transactionId } = await start16(world, box, 'T');
    world.wait(600);
    const stop = { transactionId, idTag: endToken, meterStop: 10, timestamp: now(world) };
    const answer = await box.send('StopTransaction', stop);
    return { answer, session: world.session() };
  };

  test('of the same group, or itself in another spelling, is right', async () => {
    for (const idTag of ['T', 't', 'MATE']) {
      const { session } = await ended(idTag);
      expect(noteCodes(session)).toEqual([]);
      expect(session.endedBy?.idToken).toBe(idTag);
    }
  });

  test('of another group ends it all the same, and is noted', async () => {
    const { answer, session } = await ended('OTHER');
    expect(answer).toEqual({ idTagInfo: { status: 'Accepted', parentIdTag: 'H' } });
    expect(session.phase).toBe('finished');
    expect(noteCodes(session)).toEqual(['stopped-by-foreign-token']);
    expect(session.idToken).toBe('T');
  });

  test('2.x StopAuthorized of another token does not make it the payer', async () => {
    const world = openWorld(CLOSED);
    allow(world, token('T', { groupId: 'G' }), token('OTHER'));
    const box = boxOf(world, 'S1', 'ocpp2.0.1');
    const start = event(world, 'Started', 'x', { idToken: rfid('T') });
    await box.send('TransactionEvent', start);
    const triggerReason = 'StopAuthorized';
    const update = event(world, 'Updated', 'x', {
      triggerReason,
      idToken: rfid('OTHER'),
      seqNo: 1,
    });
    await box.send('TransactionEvent', update);
    const more = { triggerReason, idToken: rfid('OTHER'), seqNo: 2 };
    await box.send('TransactionEvent', event(world, 'Ended', 'x', more));
    expect(world.session()).toMatchObject({ idToken: 'T', endedBy: { idToken: 'OTHER' } });
    expect(noteCodes(world.session())).toEqual(['stopped-by-foreign-token']);
  });
});
