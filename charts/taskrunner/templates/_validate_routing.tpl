{{- define "taskrunner.validate.routes" -}}
{{- $patterns := dict }}
{{- range $index, $route := .Values.routes }}
{{- if not (has $route.queue $.Values.queues) }}
routes[{{ $index }}] goes to the queue {{ quote $route.queue }}, which is not in queues: add it there, or set another queue.
{{- end }}
{{- if hasKey $patterns $route.tasks }}
routes[{{ $index }}] is for {{ quote $route.tasks }}, as an earlier one is: remove one of them.
{{- end }}
{{- $_ := set $patterns $route.tasks true }}
{{- end }}
{{- end }}

{{- define "taskrunner.validate.beat" -}}
{{- $beat := .Values.beat }}
{{- with include "taskrunner.validate.budget" (dict "key" "beat" "budget" $beat.podDisruptionBudget "least" $beat.replicas "most" $beat.replicas) }}
{{ . }}
{{- end }}
{{- range $name, $schedule := $beat.schedules }}
{{- if $schedule }}
{{- if eq (empty $schedule.cron) (empty $schedule.every) }}
beat.schedules.{{ $name }} must have either cron or every.
{{- end }}
{{- $queue := $schedule.queue | default "default" }}
{{- if not (has $queue $.Values.queues) }}
beat.schedules.{{ $name }} goes to the queue {{ quote $queue }}, which is not in queues: add it there, or set another queue.
{{- end }}
{{- end }}
{{- end }}
{{- end }}
