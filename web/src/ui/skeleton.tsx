/** Hits before they are there, in just the geometry that they will have. */
export function Skeletons({ count }: { count: number }) {
  return (
    <div className="hits" aria-hidden="true" data-skeleton>
      {Array.from({ length: count }, (_, at) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
          key={at}
          className="flex animate-pulse flex-col gap-3 rounded-2xl border border-line bg-card p-3.5"
        >
          <div className="h-20 rounded-xl bg-sunk sm:h-36" />
          <div className="h-4 w-1/2 rounded bg-sunk" />
          <div className="h-4 w-5/6 rounded bg-sunk" />
          <div className="h-6 w-1/3 rounded bg-sunk" />
        </div>
      ))}
    </div>
  );
}
