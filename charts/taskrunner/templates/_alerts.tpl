{{/* One alert: .key is its entry in metrics.rules.alerts, .labels are its own. The user's selector is inserted last, unchanged. */}}
{{- define "taskrunner.alert" -}}
{{- $alert := get .root.Values.metrics.rules.alerts .key -}}
- alert: {{ printf "TaskRunner%s" (title .key | replace " " "") }}
  {{- $selector := include "taskrunner.metrics.selector" .root }}
  expr: {{ .expr | replace "<threshold>" (toString $alert.threshold) | replace "<selector>" $selector | quote }}
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
{{- $alert := .root.Files.Get "files/queue-alert.yaml" | replace "<queue>" .queue | fromYaml }}
{{- $expr := gt (int $least) 0 | ternary $alert.owed $alert.waiting }}
{{- include "taskrunner.alert" (merge (dict "root" .root "labels" (dict "queue" .queue) "expr" $expr) $alert) }}
{{- end }}

{{/* A key that was removed, which the schema still takes so that we can name its replacement; and groups with the same name. */}}
{{- define "taskrunner.validate.metrics" -}}
{{- $word := get .Values.metrics "annotations" | default false | ternary "annotations" "none" }}
{{- include "taskrunner.sentences" (list . (list "metrics.annotations" (hasKey .Values.metrics "annotations") $word)) }}
{{- $names := list (printf "%s.taskrunner" (include "taskrunner.fullname" .)) }}
{{- range .Values.metrics.rules.additionalGroups }}
{{- include "taskrunner.sentences" (list $ (list "metrics.group" (has .name $names) .name)) }}
{{- $names = append $names .name }}
{{- end }}
{{- end }}
