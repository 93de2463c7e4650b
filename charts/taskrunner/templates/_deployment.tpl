{{/* The Deployment of a component that runs for good: .name, .component, .pool and .settings; .env and .schedules as in taskrunner.podSpec. */}}
{{- define "taskrunner.deployment" -}}
{{- $settings := .settings }}
{{- $pod := merge (dict "container" .component "http" true "args" (list .component)) . }}
{{- $_ := set $pod "annotations" (include "taskrunner.runnerAnnotations" $pod | fromJson) -}}
{{ include "taskrunner.head" (merge (dict "api" "apps/v1" "kind" "Deployment") .) }}
spec:
  {{- if not $settings.scaled }}
  replicas: {{ $settings.replicas | int }}
  {{- end }}
  {{- range $key, $number := pick $settings "revisionHistoryLimit" "minReadySeconds" "progressDeadlineSeconds" }}
  {{ $key }}: {{ int $number }}
  {{- end }}
  {{- /* Where no strategy is given, one pod is stopped before the next starts: there may be no node for a pod more. Of more than one, all others run
  meanwhile. */}}
  {{- $given := kindIs "string" $settings.strategy | ternary (dict "type" $settings.strategy) $settings.strategy }}
  {{- $strategy := $given | default (dict "rollingUpdate" (dict "maxSurge" 0 "maxUnavailable" 1)) }}
  {{- $isRolling := or (gt (int $settings.replicas) 1) (hasKey ($given | default dict) "rollingUpdate") }}
  {{- $type := $strategy.type | default ($isRolling | ternary "RollingUpdate" "Recreate") }}
  strategy:
    type: {{ $type }}
    {{- $update := $strategy.rollingUpdate | default (eq .component "beat" | ternary (dict "maxSurge" 1 "maxUnavailable" 0) dict) }}
    {{- include "taskrunner.part" (list "rollingUpdate" (eq $type "RollingUpdate" | ternary (toYaml $update) "") 4) }}
  selector:
    matchLabels:
      {{- include "taskrunner.selectorLabels" $pod | nindent 6 }}
  template:
    metadata:
      {{- include "taskrunner.podMetadata" $pod | nindent 6 }}
    spec:
      {{- include "taskrunner.podSpec" $pod | nindent 6 }}
{{- end }}
