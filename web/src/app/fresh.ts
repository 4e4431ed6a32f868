/** Lets the live line keep the cached lists fresh. Dialogs have their own store and are not handled here. */
import { api, take } from "@/api/client";
import { queries } from "@/api/queries";
import { connectionsQuery, keepConnection } from "@/connections/data";
import { keepLine, linesQuery } from "@/lines/data";
import { onFrame } from "@/live/socket";
import { keepOperator, operatorsQuery } from "@/operators/data";

export const keepFresh = () =>
  onFrame((frame) => {
    switch (frame.type) {
      case "line_changed":
        return keepLine(frame.line);
      case "operator_changed":
        return keepOperator(frame.operator);
      case "connection_changed":
        return keepConnection(frame.connection);
      case "bye":
        // Signed out from elsewhere: the server's 401 leads to the sign-in.
        if (frame.reason === "revoked") take(api.GET("/api/me")).catch(() => {});
        return;
      case "reset":
        for (const { queryKey } of [linesQuery, operatorsQuery, connectionsQuery])
          void queries.invalidateQueries({ queryKey });
    }
  });
