{{/* The standard variables of OpenTelemetry, for one component; none without a collector. */}}
{{- define "taskrunner.otlp" -}}
{{- include "taskrunner.given" .root }}
{{- $otlp := .root.Values.config.otlp }}
{{- with $otlp.endpoint }}
{{- $attributes := dict "k8s.namespace.name" (include "taskrunner.namespace" $.root) "k8s.pod.name" "$(OTEL_POD_NAME)" "service.namespace" $.root.Release.Name "service.version" ($.settings.image.tag | default $.root.Chart.AppVersion) }}
{{- $pairs := list }}
{{- range $name, $value := include "taskrunner.layers" (list $.root $attributes $otlp.resourceAttributes) | fromYaml }}
{{- $pairs = append $pairs (printf "%s=%s" $name ($value | replace "%" "%25" | replace "+" "%2B" | replace "," "%2C" | replace "=" "%3D")) }}
{{- end -}}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
OTEL_EXPORTER_OTLP_PROTOCOL: {{ $otlp.protocol | quote }}
OTEL_POD_NAME: {fieldRef: {fieldPath: metadata.name}}
OTEL_RESOURCE_ATTRIBUTES: {{ join "," $pairs | quote }}
OTEL_SERVICE_NAME: {{ printf "taskrunner-%s" $.component | quote }}
OTEL_TRACES_SAMPLER: parentbased_traceidratio
OTEL_TRACES_SAMPLER_ARG: {{ $otlp.sampleRatio | quote }}
{{- end }}
{{- end }}
