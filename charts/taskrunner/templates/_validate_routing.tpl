{{/* What is wrong with a task that goes to a queue that nobody knows; the start of the sentence says which. */}}
{{- define "taskrunner.unknownQueue" -}}
goes to the queue {{ quote . }}, which is not in queues: add it there, or to externalQueues when another release serves it, or set another queue.
{{- end }}

{{- define "taskrunner.validate.routes" -}}
{{- range regexFindAll "\"cidr\":\"[^\"]*\",\"except\":[^]]*" (toJson .Values.networkPolicy) -1 }}{{ $block := printf "{%s]}" . | fromJson }}
{{- range $block.except }}
{{- include "taskrunner.mistakes" (dict (printf "networkPolicy: except has %s, which must be a part of its cidr, %s." . $block.cidr)
  (le (splitList "/" . | last | int) (splitList "/" $block.cidr | last | int))) }}
{{- end }}{{ end }}
{{- $patterns := dict }}
{{- $known := concat .Values.queues .Values.externalQueues }}
{{- range $index, $route := .Values.routes }}
{{- include "taskrunner.mistakes" (dict
  (printf "routes[%d] %s" $index (include "taskrunner.unknownQueue" $route.queue)) (not (has $route.queue $known))
  (printf "routes[%d] is for %q, as an earlier one is: remove one of them." $index $route.tasks) (hasKey $patterns $route.tasks)) }}
{{- $_ := set $patterns $route.tasks true }}
{{- end }}
{{- end }}

{{- define "taskrunner.validate.beat" -}}
{{- $beat := .Values.beat }}
{{- $known := concat .Values.queues .Values.externalQueues }}
{{- with include "taskrunner.validate.budget" (dict "key" "beat" "budget" (include "taskrunner.settings" (dict "root" . "component" "beat") | fromJson).podDisruptionBudget "least" $beat.replicas "most" $beat.replicas) }}
{{ . }}
{{- end }}
{{- $update := kindIs "map" $beat.strategy | ternary $beat.strategy dict | dig "rollingUpdate" (dict) | default dict }}
{{- include "taskrunner.mistakes" (dict
  "beat.strategy.rollingUpdate.maxSurge and maxUnavailable are both 0: no pod could ever be replaced."
  (and (has (toString $update.maxSurge) (list "0" "0%")) (has (toString $update.maxUnavailable) (list "0" "0%")))) }}
{{- range $name, $schedule := $beat.schedules }}
{{- if $schedule }}
{{- include "taskrunner.mistakes" (dict (printf "beat.schedules.%s must have exactly one of cron, every and once." $name)
  (ne 1 (len (compact (list $schedule.cron $schedule.every $schedule.once))))) }}
{{- $queue := $schedule.queue | default "default" }}
{{- include "taskrunner.mistakes" (dict (printf "beat.schedules.%s %s" $name (include "taskrunner.unknownQueue" $queue))
  (and (not (has $queue $known)) (or $schedule.queue (empty $.Values.routes)))) }}
{{- end }}{{ end }}
{{- end }}
