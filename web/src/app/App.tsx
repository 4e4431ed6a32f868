/** Everything around the screens: theme, language, cache, router and the layers that lie above. */
import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { queries } from "@/api/queries";
import { useLocale } from "@/i18n/locale";
import { schemeManager } from "@/theme/scheme";
import { theme, variables } from "@/theme/theme";
import { ConfirmHost } from "@/ui/confirm";
import { router } from "./router";

/** The server writes a fresh nonce into the page; in development the placeholder is still there. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
const styleNonce = () => (nonce === "__NONCE__" ? "" : nonce);

export function App() {
  // The key renders all texts anew when the language changes; the router keeps the place.
  const locale = useLocale();
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" limit={4} containerWidth={380} zIndex={400} />
        <RouterProvider router={router} key={locale} />
        <ConfirmHost />
      </QueryClientProvider>
    </MantineProvider>
  );
}
