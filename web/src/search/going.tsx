"use client";

import { useRouter } from "next/navigation";
import {
  createContext,
  type ReactNode,
  useContext,
  useMemo,
  useOptimistic,
  useTransition,
} from "react";
import type { Lang } from "../routes.ts";
import { addressOf, NOTHING, type Search } from "./state.ts";

/** The form of the filters, to which the order belongs without being in it. */
export const FILTERS = "filters";

interface Going {
  /** The search that was asked for last: filters show it at once, and the next change builds on it. */
  search: Search;
  /** Asks for another search; the hits stay as they are until the new ones are there. */
  go: (search: Search) => void;
  pending: boolean;
}

const Context = createContext<Going>({ search: NOTHING, go: () => {}, pending: false });

export function GoingProvider({
  search: shown,
  lang,
  children,
}: {
  search: Search;
  lang: Lang;
  children: ReactNode;
}) {
  const router = useRouter();
  const [pending, start] = useTransition();
  const [search, ask] = useOptimistic(shown);
  const value = useMemo(
    () => ({
      search,
      go: (next: Search) =>
        start(() => {
          ask(next);
          router.push(addressOf(next, lang), { scroll: false });
        }),
      pending,
    }),
    [search, ask, router, lang, pending],
  );
  return <Context value={value}>{children}</Context>;
}

export function useGoing(): Going {
  return useContext(Context);
}
