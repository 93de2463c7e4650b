{{/* The label matchers that pick the series of this release; see metrics.selector. */}}
{{- define "taskrunner.metrics.selector" -}}
{{- $metrics := .Values.metrics }}
{{- if $metrics.selector }}
{{- include "taskrunner.tpl" (dict "root" . "value" $metrics.selector) }}
{{- else }}
{{- $namespace := printf "namespace=%q" (include "taskrunner.namespace" .) }}
{{- $monitored := printf "%s,job=%q,app_kubernetes_io_name=%q" $namespace .Release.Name (include "taskrunner.name" .) }}
{{- has $metrics.scrape (list "podMonitor" "serviceMonitor") | ternary $monitored $namespace }}
{{- end }}
{{- end }}

{{/* The monitor, if it is one of .kind; .endpoints is the name of its list. The job is the release; the name, which tells aliases of one release apart, and the pool become labels. */}}
{{- define "taskrunner.metrics.monitor" -}}
{{- $monitor := .root.Values.metrics.monitor }}
{{- if eq .root.Values.metrics.scrape (untitle .kind) -}}
apiVersion: monitoring.coreos.com/v1
kind: {{ .kind }}
metadata:
  {{- include "taskrunner.metadata" (dict "root" .root "name" (include "taskrunner.named" (list .root "metrics")) "labels" $monitor.labels) | nindent 2 }}
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
      {{- include "taskrunner.tpl" (dict "root" $.root "value" (dict $key .)) | nindent 6 }}
      {{- end }}
      {{- end }}
{{- end }}
{{- end }}
