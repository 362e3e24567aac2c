"use client";

import { useSyncExternalStore } from "react";
import { KEY, listOf, NONE, type Saved, withOne, without } from "./store.ts";

// The parts of one page hear of each other by this, other tabs by the browser's own event.
const CHANGED = "sparfuchs-saved";

let text: string | null = null;
let list: readonly Saved[] = NONE;

function now(): readonly Saved[] {
  let found: string | null = null;
  try {
    found = window.localStorage.getItem(KEY);
  } catch {
    // A browser that keeps nothing: the list is empty.
  }
  if (found !== text) {
    text = found;
    list = listOf(found);
  }
  return list;
}

function listen(changed: () => void): () => void {
  window.addEventListener("storage", changed);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener("storage", changed);
    window.removeEventListener(CHANGED, changed);
  };
}

/** Says whether the device took it. */
function write(next: readonly Saved[]): boolean {
  try {
    window.localStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    return false;
  }
  window.dispatchEvent(new Event(CHANGED));
  return true;
}

/** The list on this device; empty on the server, and in the first moment of a page. */
export function useSaved(): readonly Saved[] {
  return useSyncExternalStore(listen, now, () => NONE);
}

export function save(id: string, title: string): boolean {
  return write(withOne(now(), { id, title, at: Date.now() }));
}

export function unsave(id: string): boolean {
  return write(without(now(), id));
}
