{{/* The label matchers that pick the series of this release; see metrics.selector. */}}
{{- define "taskrunner.metrics.selector" -}}
{{- $metrics := .Values.metrics }}
{{- if $metrics.selector }}
{{- include "taskrunner.tpl" (dict "root" . "value" $metrics.selector) }}
{{- else }}
{{- $namespace := printf "namespace=%q" (include "taskrunner.namespace" .) }}
{{- has $metrics.scrape (list "podMonitor" "serviceMonitor") | ternary (printf "%s,job=%q" $namespace .Release.Name) $namespace }}
{{- end }}
{{- end }}

{{/* The spec of a monitor of .kind; .endpoints is the name of its list. The job is the release, and the pool becomes a label. */}}
{{- define "taskrunner.metrics.monitor" -}}
{{- $monitor := .root.Values.metrics.monitor -}}
jobLabel: app.kubernetes.io/instance
podTargetLabels: [app.kubernetes.io/component, taskrunner.dev/pool]
selector:
  matchLabels:
    app.kubernetes.io/name: {{ include "taskrunner.name" .root | quote }}
    app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
  matchExpressions:
    - {key: app.kubernetes.io/component, operator: In, values: [worker, beat]}
{{ .endpoints }}:
  - port: http
    path: /metrics
    interval: {{ $monitor.interval | quote }}
    {{- with $monitor.scrapeTimeout }}
    scrapeTimeout: {{ . | quote }}
    {{- end }}
    {{- range $key := list "relabelings" "metricRelabelings" }}
    {{- with get $monitor $key }}
    {{ $key }}:
      {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- end }}
{{- end }}
