import type { PoolView } from '../controller/web/contract.js';

/** Pools as bars: used, free, and what is nobody's to have. */
export function Pools({ pools, services }: { readonly pools: readonly PoolView[]; readonly services: boolean }) {
  return (
    <section aria-labelledby="pools-title">
      <h2 id="pools-title">Pools</h2>
      {pools.length === 0 && <p>There is no Eip yet.</p>}
      <ul class="pools">
        {pools.map((pool) => (
          <Pool key={pool.name} pool={pool} services={services} />
        ))}
      </ul>
    </section>
  );
}

function Pool({ pool, services }: { readonly pool: PoolView; readonly services: boolean }) {
  const { name, protocol, addresses, size, used, leftOut, fault, disabled } = pool;
  const usable = Math.max(0, size - leftOut);
  const share = (count: number) => `${size === 0 ? 0 : (100 * count) / size}%`;
  const full = usable > 0 && used >= usable;
  const users = Object.entries(pool.services);
  return (
    <li class={`card ${fault !== undefined || full ? 'bad' : ''}`}>
      <h3>
        {name} <span class="tag">{protocol}</span> {disabled && <span class="tag">disabled</span>}
      </h3>
      <p class="addresses">{addresses}</p>
      <meter class="unseen" min={0} max={usable} value={used} aria-label={`${name}: addresses in use`} />
      <div class="bar" aria-hidden="true">
        <span class="used" style={{ width: share(used) }} />
        <span class="left-out" style={{ width: share(leftOut) }} />
      </div>
      <p>
        {used} of {usable} in use
        {leftOut > 0 && `, ${leftOut} never given out`}
      </p>
      {fault !== undefined && <p class="fault">{fault}</p>}
      {services && users.length > 0 && (
        <details>
          <summary>Services with an address</summary>
          <dl class="users">
            {users.slice(0, 200).map(([address, names]) => (
              <div key={address}>
                <dt>{address}</dt>
                <dd>{names.replaceAll(';', ', ')}</dd>
              </div>
            ))}
          </dl>
          {users.length > 200 && <p>{users.length - 200} more: filter the groups below.</p>}
        </details>
      )}
    </li>
  );
}
