import "@/app/styles";
import { createRoot } from "react-dom/client";
import { App } from "@/app/App";
import { styleNonce } from "@/app/nonce";

// A library of Mantine's (react-remove-scroll) writes a style tag of its own and asks here for the nonce.
Object.assign(globalThis, { __webpack_nonce__: styleNonce() || undefined });

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
createRoot(root).render(<App />);
