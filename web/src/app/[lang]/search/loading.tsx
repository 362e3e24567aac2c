import { Skeletons } from "../../../ui/skeleton.tsx";

export default function Loading() {
  return (
    <div className="grid gap-8 lg:grid-cols-[17rem_minmax(0,1fr)]">
      <div className="max-lg:hidden" />
      <Skeletons />
    </div>
  );
}
