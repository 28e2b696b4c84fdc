// The direction of dependencies, as docs/architecture.md draws it: main -> agent|controller -> platform, core, api.
// `test/unit/architecture.test.ts` plants a violation of each rule and expects it to be caught.
const only = (name, comment, from, allowed) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed },
});

/** The rooms of the controller, the ground floor first: each stands on those below it, and knows nothing of its neighbours. */
const controllerFloors = [
  ['objects'],
  ['nodes', 'liveness', 'routers', 'certificate'],
  ['cache'],
  ['standing'],
  ['context'],
  ['events', 'notes'],
  ['services', 'groups', 'eips', 'bgp', 'metallb'],
  ['exclusions', 'webhook', 'web'],
];
const controllerRooms = controllerFloors.flatMap((rooms, floor) =>
  rooms.map((room) => {
    const below = controllerFloors.slice(0, floor).flat();
    return {
      name: `controller-${room}-stands-on-lower-floors`,
      comment: `May use ${below.length === 0 ? 'no other room' : below.join(', ')}.`,
      severity: 'error',
      from: { path: `^src/controller/${room}/` },
      to: { path: '^src/controller/', pathNot: `^src/controller/(${[...below, room].join('|')})/` },
    };
  }),
);
const everyRoom = {
  name: 'controller-rooms-have-a-floor',
  comment: 'A folder in the controller is one of its rooms.',
  severity: 'error',
  from: { path: '^src/' },
  to: { path: '^src/controller/[^/]+/', pathNot: `^src/controller/(${controllerFloors.flat().join('|')})/` },
};

module.exports = {
  forbidden: [
    only('core-imports-core', 'A core is pure: it imports nothing above it.', '^src/core/', '^src/core/'),
    {
      name: 'core-imports-no-package',
      comment: 'A core has no dependencies: no package, no Node module.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
    },
    only('api-imports-core', 'Object shapes stand on the cores alone.', '^src/api/', '^src/(api|core)/'),
    only('linux-stands-alone', 'platform/linux knows neither Kubernetes nor the agent.', '^src/platform/linux/', '^src/(platform/linux|core)/'),
    only(
      'kubernetes-knows-no-vip',
      'platform/kubernetes is a Kubernetes client and nothing else.',
      '^src/platform/kubernetes/',
      '^src/(platform/kubernetes|api/metadata)',
    ),
    only('observability-stands-alone', 'Logs, metrics and health know nobody.', '^src/platform/observability/', '^src/platform/observability/'),
    only('controller-not-agent', 'The controller never touches a NIC.', '^src/controller/', '^src/((controller|api|core|cli|platform/(kubernetes|observability|signatures|v8))/|convert/(document|metallb-.*)\\.ts)'),
    ...controllerRooms,
    everyRoom,
    only(
      'page-knows-the-contract',
      'The page of the web view runs in browsers: of the controller it knows what the two say to each other.',
      '^src/web/',
      '^src/(web/|controller/web/contract\\.ts)',
    ),
    {
      name: 'page-is-a-leaf',
      comment: 'Nothing that runs on Node.js needs the page, nor what draws it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/web/' },
      to: { path: '^(src/web/|node_modules/preact)' },
    },
    only(
      'engine-knows-no-kubernetes',
      'The engine thread owns sockets and timers; everything slow stays on the main thread.',
      '^src/agent/engine/',
      '^src/(agent/engine|core|platform/(linux|v8))/',
    ),
    only(
      'answering-below-election',
      'Answering for addresses needs no word of who leads: it is told.',
      '^src/agent/engine/answering/',
      '^src/(agent/engine/(answering/|(kernel|messages|inventory|address-key)\\.ts)|core/|platform/linux/)',
    ),
    only(
      'election-below-conflicts',
      'Who leads is decided by adverts and links, not by what other hosts claim.',
      '^src/agent/engine/election/',
      '^src/(agent/engine/((election|answering)/|(kernel|messages|reasons|inventory|address-key|distribution)\\.ts)|core/|platform/linux/)',
    ),
    only(
      'parts-below-the-turn',
      'The parts of the engine do not call each other back: what one wants of another it returns, and perform.ts does it.',
      '^src/agent/engine/conflicts/',
      '^src/(agent/engine/((conflicts|election|answering)/|(kernel|messages|inventory|address-key)\\.ts)|core/|platform/linux/)',
    ),
    only(
      'bfd-beside-election',
      'Whether a path works is nobody’s business but that of who asked.',
      '^src/agent/engine/bfd/',
      '^src/(agent/engine/(bfd/|(kernel|inventory|address-key|datagram-reader)\\.ts)|core/|platform/linux/)',
    ),
    only(
      'liveness-above-election',
      'Whether a leader lives is told to its Backups; they do not ask for it.',
      '^src/agent/engine/liveness/',
      '^src/(agent/engine/((liveness|election|answering)/|(kernel|address-key|datagram-reader)\\.ts)|core/|platform/linux/)',
    ),
    only(
      'routing-beside-election',
      'What routers are told has nothing to do with who leads or answers on a link: those know nothing of it, and it nothing of them.',
      '^src/agent/engine/routing/',
      '^src/(agent/engine/(routing/|bfd/(client|contract)\\.ts)|core/|platform/(linux|v8)/)',
    ),
    {
      name: 'engine-knows-no-routing',
      comment: 'Routing has a thread of its own. The engine, and whatever is part of it, runs without.',
      severity: 'error',
      from: { path: '^src/agent/engine/', pathNot: '^src/agent/engine/routing/' },
      to: { path: '^src/agent/engine/routing/' },
    },
    only(
      'sources-below-status',
      'Where groups come from does not depend on what is reported of them.',
      '^src/agent/sources/',
      '^src/(agent/sources|api|core|platform)/',
    ),
    only('agent-not-controller', 'The agent knows VipGroups, not what they are made from.', '^src/agent/', '^src/(agent|api|core|cli|platform)/'),
    only('cli-is-a-leaf', 'Reading flags needs nobody.', '^src/cli/', '^src/cli/'),
    {
      name: 'koffi-only-in-sys',
      comment: 'One narrow module talks to libc.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/linux/sys\\.ts$' },
      to: { path: 'node_modules/koffi' },
    },
    {
      name: 'netlink-only-in-linux',
      comment: 'rtnetlink messages are made in one place.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/linux/' },
      to: { path: 'node_modules/netlink' },
    },
    {
      name: 'client-node-only-in-kubernetes',
      comment: 'At run time client-node reads kubeconfig files; elsewhere only its types are used.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/platform/kubernetes/' },
      to: { path: 'node_modules/@kubernetes/client-node', dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-cycle', comment: 'Two files that need each other are one idea.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
