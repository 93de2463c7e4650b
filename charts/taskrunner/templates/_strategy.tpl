{{/* The strategy of a Deployment; what only a rolling update knows is left out elsewhere. Where none is given, one pod is stopped before the next
starts: there may be no node for a pod more. Of more than one, all others run meanwhile. */}}
{{- define "taskrunner.strategy" -}}
{{- $strategy := .strategy | default (dict "rollingUpdate" (dict "maxSurge" 0 "maxUnavailable" 1)) }}
{{- $type := $strategy.type | default (gt (int .replicas) 1 | ternary "RollingUpdate" "Recreate") -}}
strategy:
  type: {{ $type }}
  {{- if and (eq $type "RollingUpdate") $strategy.rollingUpdate }}
  rollingUpdate:
    {{- toYaml $strategy.rollingUpdate | nindent 4 }}
  {{- end }}
{{- end }}
