{{- define "taskrunner.validate.routes" -}}
{{- range regexFindAll "\"cidr\":\"[^\"]*\",\"except\":[^]]*" (toJson .Values.networkPolicy) -1 }}
{{- $block := printf "{%s]}" . | fromJson }}
{{- range $block.except }}
{{- $isPart := gt (splitList "/" . | last | int) (splitList "/" $block.cidr | last | int) }}
{{- include "taskrunner.sentences" (list $ (list "network.except" (not $isPart) . $block.cidr)) }}
{{- end }}{{ end }}
{{- $patterns := dict }}
{{- $known := concat .Values.queues .Values.externalQueues }}
{{- range $index, $route := .Values.routes }}
{{- include "taskrunner.sentences" (list $ (list "queue.unknown" (not (has $route.queue $known)) (printf "routes[%d]" $index) $route.queue)
  (list "routes.twice" (hasKey $patterns $route.tasks) $index $route.tasks)) }}
{{- $_ := set $patterns $route.tasks true }}
{{- end }}
{{- end }}

{{- define "taskrunner.validate.beat" -}}
{{- $beat := .Values.beat }}
{{- $known := concat .Values.queues .Values.externalQueues }}
{{- $budget := (include "taskrunner.settings" (dict "root" . "component" "beat") | fromJson).podDisruptionBudget }}
{{- include "taskrunner.validate.budget" (dict "root" . "at" "beat" "budget" $budget "least" $beat.replicas "most" $beat.replicas) }}
{{- $update := kindIs "map" $beat.strategy | ternary $beat.strategy dict | dig "rollingUpdate" (dict) | default dict }}
{{- $stuck := and (has (toString $update.maxSurge) (list "0" "0%")) (has (toString $update.maxUnavailable) (list "0" "0%")) }}
{{- include "taskrunner.sentences" (list . (list "beat.strategy" $stuck)) }}
{{- range $name, $schedule := $beat.schedules }}
{{- if $schedule }}
{{- $queue := $schedule.queue | default "default" }}
{{- $isSent := or $schedule.queue (empty $.Values.routes) }}
{{- include "taskrunner.sentences" (list $
  (list "beat.schedule" (ne 1 (len (compact (list $schedule.cron $schedule.every $schedule.once)))) $name)
  (list "queue.unknown" (and $isSent (not (has $queue $known))) (printf "beat.schedules.%s" $name) $queue)) }}
{{- end }}{{ end }}
{{- end }}
