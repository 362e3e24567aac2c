/** The fox's head, drawn of five planes; the left ear carries the notch of a price tag. */
export function Logo({ className = "size-9" }: { className?: string }) {
  return (
    <svg viewBox="0 0 64 64" className={className} aria-hidden="true" focusable="false">
      <path d="M6 8 27 20 14 37Z" fill="#a8431a" />
      <path d="M58 8 37 20 50 37Z" fill="#a8431a" />
      <circle cx="15.5" cy="19" r="3" fill="#faf8f3" />
      <path d="M12 30 27 19h10l15 11-8 17-12 10-12-10Z" fill="#d9672f" />
      <path d="M12 30 29 40l3 17-12-10Z" fill="#fdf3e7" />
      <path d="M52 30 35 40l-3 17 12-10Z" fill="#fdf3e7" />
      <path d="M21 33.500 28 36l-5 2.500Z" fill="#20281f" />
      <path d="M43 33.500 36 36l5 2.500Z" fill="#20281f" />
      <path d="M28.500 51h7L32 57Z" fill="#20281f" />
    </svg>
  );
}
