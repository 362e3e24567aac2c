"use client";

import { useRouter } from "next/navigation";
import { createContext, type ReactNode, useContext, useMemo, useTransition } from "react";
import type { Lang } from "../routes.ts";
import { addressOf, type Search } from "./state.ts";

interface Going {
  /** Asks for another search; the page stays as it is until it is there. */
  go: (search: Search) => void;
  pending: boolean;
}

const Context = createContext<Going>({ go: () => {}, pending: false });

export function GoingProvider({ lang, children }: { lang: Lang; children: ReactNode }) {
  const router = useRouter();
  const [pending, start] = useTransition();
  const value = useMemo(
    () => ({
      go: (search: Search) => start(() => router.push(addressOf(search, lang), { scroll: false })),
      pending,
    }),
    [router, lang, pending],
  );
  return <Context value={value}>{children}</Context>;
}

export function useGoing(): Going {
  return useContext(Context);
}
