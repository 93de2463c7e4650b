{{/* One alert: .key is its entry in metrics.rules.alerts, .expr may hold SELECTOR and THRESHOLD, .labels are its own. */}}
{{- define "taskrunner.alert" -}}
{{- $alert := get .root.Values.metrics.rules.alerts .key -}}
- alert: {{ printf "TaskRunner%s" (title .key | replace " " "") }}
  expr: {{ .expr | replace "SELECTOR" (include "taskrunner.metrics.selector" .root) | replace "THRESHOLD" (toString $alert.threshold) | quote }}
  for: {{ $alert.for }}
  labels:
    {{- $own := dict "severity" $alert.severity "release" .root.Release.Name }}
    {{- include "taskrunner.layers" (list .root .root.Values.metrics.rules.alertLabels .labels $own) | nindent 4 }}
  annotations:
    summary: {{ .summary | quote }}
    description: {{ .description | quote }}
{{- end }}

{{/* The alert about a queue that nobody serves. A pool that may scale to zero owes a worker only while tasks wait. */}}
{{- define "taskrunner.alert.consumer" -}}
{{- $least := 0 }}
{{- range $pool, $settings := include "taskrunner.pools" .root | fromJson }}
{{- if has $.queue $settings.queues }}{{ $least = max $least $settings.least }}{{ end }}
{{- end }}
{{- $alert := .root.Files.Get "files/queue-alert.yaml" | replace "QUEUE" .queue | fromYaml }}
{{- $expr := gt (int $least) 0 | ternary $alert.owed $alert.waiting }}
{{- include "taskrunner.alert" (merge (dict "root" .root "labels" (dict "queue" .queue) "expr" $expr) $alert) }}
{{- end }}

{{/* A key that is gone: the schema lets it pass, so that what takes its place can be said. And groups of one name are one to Kubernetes. */}}
{{- define "taskrunner.validate.metrics" -}}
{{- $word := get .Values.metrics "annotations" | default false | ternary "annotations" "none" }}
{{- include "taskrunner.sentences" (list . (list "metrics.annotations" (hasKey .Values.metrics "annotations") $word)) }}
{{- $names := list (printf "%s.taskrunner" (include "taskrunner.fullname" .)) }}
{{- range .Values.metrics.rules.additionalGroups }}
{{- include "taskrunner.sentences" (list $ (list "metrics.group" (has .name $names) .name)) }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}
