"use client";

import { useSyncExternalStore } from "react";
import { KEY, listOf, NONE, type Saved, withOne, without } from "./store.ts";

// The parts of one page hear of each other by this, other tabs by the browser's own event.
const CHANGED = "sparfuchs-saved";

// Read once, and again only when it changed: a page of hits asks for it on every card.
let list: readonly Saved[] | null = null;

function now(): readonly Saved[] {
  if (list === null) {
    try {
      list = listOf(window.localStorage.getItem(KEY));
    } catch {
      list = NONE; // a browser that keeps nothing
    }
  }
  return list;
}

function listen(changed: () => void): () => void {
  const elsewhere = () => {
    list = null;
    changed();
  };
  window.addEventListener("storage", elsewhere);
  window.addEventListener(CHANGED, changed);
  return () => {
    window.removeEventListener("storage", elsewhere);
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
  list = next;
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
