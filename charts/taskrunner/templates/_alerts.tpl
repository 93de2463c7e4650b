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
{{- $workers := printf "max(taskrunner_queue_workers{SELECTOR,queue=%q}) > 0" .queue }}
{{- $waiting := printf "max(taskrunner_queue_tasks{SELECTOR,queue=%q,state=\"waiting\"}) > 0" .queue }}
{{- $expr := gt (int $least) 0 | ternary (printf "absent(%s)" $workers) (printf "%s unless on() %s" $waiting $workers) }}
{{- include "taskrunner.alert" (dict "root" .root "key" "noConsumer" "labels" (dict "queue" .queue) "expr" $expr
  "summary" (printf "No worker serves the queue %s" .queue)
  "description" "Its tasks wait until a pool with this queue has a ready pod: look at the pods of the pool and at its autoscaler.") }}
{{- end }}

{{/* Groups of one name are one to Kubernetes. */}}
{{- define "taskrunner.validate.alerts" -}}
{{- $names := list (printf "%s.taskrunner" (include "taskrunner.fullname" .)) }}
{{- range .Values.metrics.rules.additionalGroups }}
{{- include "taskrunner.sentences" (list $ (list "alerts.group" (has .name $names) .name)) }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}
