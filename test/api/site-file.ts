/** A small site as its owner would write it: 63 A at the grid, two feeders, ten EVSEs. */
export function siteFile(id = 'depot') {
  const stations = Array.from({ length: 10 }, (_, n) => `CP${String(n + 1).padStart(2, '0')}`);
  return {
    id,
    name: 'Riverside depot',
    timeZone: 'Europe/Berlin',
    supply: 'wye' as const,
    voltageLineToNeutralV: 230,
    voltageLineToLineV: 400,
    circuits: [
      {
        id: 'grid',
        name: 'Grid connection',
        limits: [{ kind: 'wye' as const, limitA: [100, 100, 100] }],
        baseLoadMaxA: [12, 9, 10],
      },
      {
        id: 'north',
        name: 'North row',
        parentId: 'grid',
        limits: [{ kind: 'wye' as const, limitA: [50, 50, 50] }],
        baseLoadMaxA: [0, 0, 0],
      },
      {
        id: 'south',
        name: 'South row',
        parentId: 'grid',
        limits: [{ kind: 'wye' as const, limitA: [63, 63, 63] }],
        baseLoadMaxA: [0, 0, 0],
      },
    ],
    stations: stations.map((station) => ({ id: station, offlineTested: true })),
    evses: stations.map((stationId, n) => ({
      stationId,
      evseNumber: 1,
      circuitId: n < 5 ? 'north' : 'south',
      currentMaxA: 32,
    })),
  };
}
