import { ImageResponse } from "next/og";
import { LOGO } from "../../ui/logo-parts.ts";

export const dynamic = "force-static";

/** The fox as a raster, for devices that install the site. */
export function GET(): ImageResponse {
  return new ImageResponse(
    <div
      style={{
        width: "100%",
        height: "100%",
        display: "flex",
        alignItems: "center",
        justifyContent: "center",
        background: "#faf8f3",
      }}
    >
      <svg viewBox="0 0 64 64" width="360" height="360" role="img" aria-label="Sparfuchs">
        {LOGO.map(([d, fill]) => (
          <path key={d} d={d} fill={fill} />
        ))}
      </svg>
    </div>,
    { width: 512, height: 512 },
  );
}
