package trace

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/time/rate"

	"kith/fault"
)

// Wanted reports whether an environment asks for traces: when it names an exporter or says where one sends to, by
// OTEL_TRACES_EXPORTER or an OTEL_EXPORTER_OTLP_ variable that is not about metrics or logs alone. What Kith cannot do is INVALID.
func Wanted(environ []string) (bool, error) {
	set := map[string]string{}
	wanted := false
	for _, kv := range environ {
		name, value, _ := strings.Cut(kv, "=")
		if value = strings.TrimSpace(value); value == "" || !strings.HasPrefix(name, "OTEL_") {
			continue
		}
		set[name] = value
		other := strings.HasPrefix(name, "OTEL_EXPORTER_OTLP_METRICS_") || strings.HasPrefix(name, "OTEL_EXPORTER_OTLP_LOGS_")
		wanted = wanted || name == "OTEL_TRACES_EXPORTER" || strings.HasPrefix(name, "OTEL_EXPORTER_OTLP_") && !other
	}
	exporter, protocol := set["OTEL_TRACES_EXPORTER"], cmp.Or(set["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"], set["OTEL_EXPORTER_OTLP_PROTOCOL"])
	switch {
	case !wanted || exporter == "none" || strings.EqualFold(set["OTEL_SDK_DISABLED"], "true"):
		return false, nil
	case exporter != "" && exporter != "otlp":
		return false, fault.New("trace.Wanted", fault.Invalid, "OTEL_TRACES_EXPORTER is %q; Kith has otlp, and none.", exporter)
	case protocol != "" && protocol != "http/protobuf":
		return false, fault.New("trace.Wanted", fault.Invalid, "OTEL_EXPORTER_OTLP_PROTOCOL is %q; Kith sends http/protobuf, which receivers take on port 4318.", protocol)
	}
	return true, nil
}

// Open begins to record, and to send what was recorded in batches, to where the OTEL_ variables of this process say. What
// the receiver does not take in time is dropped; no request waits for it. The function returned sends the rest and ends it.
// One Open is in force at a time.
func Open(ctx context.Context, version string, log *slog.Logger) (stop func(context.Context) error, err error) {
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fault.Wrap("trace.Open", fault.Invalid, err, "The OTEL_ variables are not understood.")
	}
	about, err := resource.New(ctx, // the later ones win
		resource.WithAttributes(attribute.String("service.name", "kith"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fault.Wrap("trace.Open", fault.Invalid, err, "OTEL_RESOURCE_ATTRIBUTES is not understood.")
	}
	complain := rate.Sometimes{First: 1, Interval: time.Minute}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		complain.Do(func() { log.Warn("traces are not received", "error", err) })
	}))
	provider := sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(about))
	t := provider.Tracer("kith")
	tracer.Store(&t)
	return func(ctx context.Context) error {
		tracer.CompareAndSwap(&t, nil)
		return provider.Shutdown(ctx)
	}, nil
}
