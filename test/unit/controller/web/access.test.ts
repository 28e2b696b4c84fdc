import assert from 'node:assert/strict';
import { createAccess, verdictLastsMs } from '../../../../src/controller/web/access.js';
import { createManualClock } from '../../platform/kubernetes/manual-clock.js';

interface Review {
  readonly token?: string;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly resourceAttributes?: { readonly resource: string; readonly verb: string; readonly group: string };
}

describe('who may see the web view', () => {
  it('is who may list its objects in all namespaces, as the API server says of the user and the groups of the token', async () => {
    const { access, asked } = accessWith({ may: ['eips', 'services'] });
    const verdict = await access.of('token-of-jane');
    assert(verdict.allowed);
    assert.equal(verdict.session.user, 'jane');
    assert.deepEqual(verdict.session.rights, {
      ...{ eips: true, services: true, vipgroups: false, nodes: false, bgppeers: false },
    });
    const reviews = asked.filter(({ resourceAttributes }) => resourceAttributes !== undefined);
    assert.deepEqual([...new Set(reviews.map(({ user, groups }) => `${user} ${groups}`))], ['jane ops']);
    assert(reviews.every(({ resourceAttributes }) => resourceAttributes?.verb === 'list'));
  });

  it('is nobody whose token the API server does not accept, and nothing is asked of them', async () => {
    const { access, asked } = accessWith({ may: ['eips'], accepts: false });
    const verdict = await access.of('expired');
    assert(!verdict.allowed);
    assert.equal(verdict.kind, 'bad-token');
    assert.match(verdict.remedy, /kubectl .*create token openelb-viewer/);
    assert.equal(asked.length, 1);
  });

  it('is nobody who may list Services and Nodes alone: there is nothing to be shown', async () => {
    const { access } = accessWith({ may: ['services', 'nodes'] });
    const verdict = await access.of('token-of-jane');
    assert(!verdict.allowed);
    assert.equal(verdict.kind, 'forbidden');
    assert.match(verdict.problem, /^jane may list none of: eips, vipgroups, bgppeers\.$/);
  });

  it('is asked for once while an answer counts, and again after that', async () => {
    const { access, asked, clock } = accessWith({ may: ['eips'] });
    await Promise.all([access.of('token-of-jane'), access.of('token-of-jane')]);
    assert.equal(count(asked), 1);
    clock.advance(verdictLastsMs);
    await access.of('token-of-jane');
    assert.equal(count(asked), 2);
  });

  it('is not known while the API server does not answer, and is asked for again at once', async () => {
    const answers = { fails: true };
    const { access } = accessWith({ may: ['eips'], answers });
    const verdict = await access.of('token-of-jane');
    assert(!verdict.allowed);
    assert.equal(verdict.kind, 'unavailable');
    answers.fails = false;
    assert((await access.of('token-of-jane')).allowed);
  });

  it('is asked for of few tokens at a time, whoever guesses', async () => {
    const { access, asked } = accessWith({ may: ['eips'], accepts: false });
    const verdicts = await Promise.all(Array.from({ length: 100 }, (_, index) => access.of(`guess-${index}`)));
    const busy = verdicts.filter((verdict) => !verdict.allowed && verdict.kind === 'busy').length;
    assert.equal(busy, 84);
    assert.equal(count(asked), 16);
  });

  it('is nobody where the answer has not the shape of one', async () => {
    for (const answer of [
      undefined,
      null,
      7,
      [],
      { status: { authenticated: 'yes' } },
      { status: { authenticated: true } },
    ]) {
      const access = createAccess({ request: async <T>() => answer as T }, createManualClock());
      assert.equal((await access.of('token')).allowed, false, JSON.stringify(answer));
    }
  });
});

function count(asked: readonly Review[]): number {
  return asked.filter(({ token }) => token !== undefined).length;
}

function accessWith(o: {
  readonly may: readonly string[];
  readonly accepts?: boolean;
  readonly answers?: { readonly fails: boolean };
}) {
  const asked: Review[] = [];
  const clock = createManualClock();
  const request = async <T>({ body }: { readonly body?: unknown }) => {
    const { spec } = body as { readonly spec: Review };
    asked.push(spec);
    if (o.answers?.fails === true) throw new Error('connection refused');
    if (spec.token !== undefined) {
      const user = { username: 'jane', uid: '7', groups: ['ops'], extra: { 'example.com/team': ['net'] } };
      return { status: o.accepts === false ? { error: 'expired' } : { authenticated: true, user } } as T;
    }
    return { status: { allowed: o.may.includes(spec.resourceAttributes!.resource) } } as T;
  };
  return { access: createAccess({ request }, clock), asked, clock };
}
