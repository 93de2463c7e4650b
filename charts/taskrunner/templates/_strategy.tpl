{{/* The strategy of a Deployment; what only a rolling update knows is left out elsewhere. Where none is given, one pod is stopped before the next
starts, and of more than one some always run. */}}
{{- define "taskrunner.strategy" -}}
{{- $strategy := .strategy | default dict }}
{{- $type := $strategy.type | default (gt (int .replicas) 1 | ternary "RollingUpdate" "Recreate") -}}
strategy:
  type: {{ $type }}
  {{- if and (eq $type "RollingUpdate") $strategy.rollingUpdate }}
  rollingUpdate:
    {{- toYaml $strategy.rollingUpdate | nindent 4 }}
  {{- end }}
{{- end }}
