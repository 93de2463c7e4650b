{{/* The label matchers that pick the series of this release; see metrics.selector. */}}
{{- define "taskrunner.metrics.selector" -}}
{{- $metrics := .Values.metrics }}
{{- $namespace := printf "namespace=%q" (include "taskrunner.namespace" .) }}
{{- $monitored := printf "%s,job=%q,app_kubernetes_io_name=%q" $namespace .Release.Name (include "taskrunner.name" .) }}
{{- $usual := has $metrics.scrape (list "podMonitor" "serviceMonitor") | ternary $monitored $namespace }}
{{- include "taskrunner.tpl" (list . ($metrics.selector | default $usual)) }}
{{- end }}

{{/* The monitor, if it is of .kind; .endpoints is its list. The job is the release; its name, for aliases of one release, and the pool become labels. */}}
{{- define "taskrunner.metrics.monitor" -}}
{{- $monitor := .root.Values.metrics.monitor }}
{{- if eq .root.Values.metrics.scrape (untitle .kind) -}}
{{ include "taskrunner.head" (dict "root" .root "api" "monitoring.coreos.com/v1" "kind" .kind "suffix" "metrics"
  "labels" $monitor.labels) }}
spec:
  jobLabel: app.kubernetes.io/instance
  podTargetLabels: [app.kubernetes.io/name, app.kubernetes.io/component, taskrunner.dev/pool]
  selector:
    matchLabels:
      {{- omit (include "taskrunner.selectorLabels" . | fromYaml) "app.kubernetes.io/component" | toYaml | nindent 6 }}
    matchExpressions:
      - {key: app.kubernetes.io/component, operator: In, values: [worker, beat]}
  {{ .endpoints }}:
    - port: http
      path: /metrics
      {{- range $key := list "interval" "scrapeTimeout" "relabelings" "metricRelabelings" }}
      {{- with get $monitor $key }}
      {{- include "taskrunner.tpl" (list $.root (dict $key .)) | nindent 6 }}
      {{- end }}{{ end }}
{{- end }}
{{- end }}
