{{- define "taskrunner.validate.routes" -}}
{{- $patterns := dict }}
{{- $known := concat .Values.queues .Values.externalQueues }}
{{- range $index, $route := .Values.routes }}
{{- if not (has $route.queue $known) }}
routes[{{ $index }}] goes to the queue {{ quote $route.queue }}, which is not in queues: add it there, or to externalQueues when another release serves it, or set another queue.
{{- end }}
{{- if hasKey $patterns $route.tasks }}
routes[{{ $index }}] is for {{ quote $route.tasks }}, as an earlier one is: remove one of them.
{{- end }}
{{- $_ := set $patterns $route.tasks true }}
{{- end }}
{{- end }}

{{- define "taskrunner.validate.beat" -}}
{{- $beat := .Values.beat }}
{{- $known := concat .Values.queues .Values.externalQueues }}
{{- with include "taskrunner.validate.budget" (dict "key" "beat" "budget" $beat.podDisruptionBudget "least" $beat.replicas "most" $beat.replicas) }}
{{ . }}
{{- end }}
{{- $update := kindIs "map" $beat.strategy | ternary $beat.strategy dict | dig "rollingUpdate" (dict) | default dict }}
{{- include "taskrunner.mistakes" (dict
  "beat.strategy.rollingUpdate.maxSurge and maxUnavailable are both 0: no pod could ever be replaced."
  (and (has (toString $update.maxSurge) (list "0" "0%")) (has (toString $update.maxUnavailable) (list "0" "0%")))) }}
{{- range $name, $schedule := $beat.schedules }}
{{- if $schedule }}
{{- if ne 1 (len (compact (list $schedule.cron $schedule.every $schedule.once))) }}
beat.schedules.{{ $name }} must have exactly one of cron, every and once.
{{- end }}
{{- $queue := $schedule.queue | default "default" }}
{{- if and (not (has $queue $known)) (or $schedule.queue (empty $.Values.routes)) }}
beat.schedules.{{ $name }} goes to the queue {{ quote $queue }}, which is not in queues: add it there, or to externalQueues when another release serves it, or set another queue.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
