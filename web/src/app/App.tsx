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
import { styleNonce } from "./nonce";
import { router } from "./router";

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
      // All variables are written at run time: as a style sheet they would be a fifth of the first load.
      deduplicateCssVariables={false}
    >
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" limit={4} containerWidth={380} zIndex={400} />
        <RouterProvider router={router} key={locale} />
        <ConfirmHost />
      </QueryClientProvider>
    </MantineProvider>
  );
}
