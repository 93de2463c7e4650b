{{/*
The strategy of a Deployment; what only a rolling update knows is left out elsewhere. Where none is given, one pod is stopped before the next
starts, and of more than one some always run.
*/}}
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

{{/* Probes of a bundled store: whether it listens on the port of this name, asked without a password. */}}
{{- define "taskrunner.storeProbes" -}}
startupProbe:
  tcpSocket:
    port: {{ . }}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 150
livenessProbe:
  tcpSocket:
    port: {{ . }}
  periodSeconds: 15
  timeoutSeconds: 5
  failureThreshold: 4
readinessProbe:
  tcpSocket:
    port: {{ . }}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end }}

{{/* The data volume of a bundled store that keeps nothing. */}}
{{- define "taskrunner.dataVolume" -}}
{{- if not .persistence.enabled }}
- name: data
  emptyDir:
    sizeLimit: {{ .persistence.size | quote }}
{{- end }}
{{- end }}

{{/* The claim of a bundled store that keeps its data. A claim cannot change later, so only lasting labels are on it. */}}
{{- define "taskrunner.dataClaim" -}}
{{- $persistence := .settings.persistence }}
{{- if $persistence.enabled }}
volumeClaimTemplates:
  - metadata:
      name: data
      labels:
        {{- include "taskrunner.selectorLabels" . | nindent 8 }}
    spec:
      accessModes:
        {{- toYaml $persistence.accessModes | nindent 8 }}
      {{- if not (kindIs "invalid" $persistence.storageClass) }}
      storageClassName: {{ $persistence.storageClass | quote }}
      {{- end }}
      resources:
        requests:
          storage: {{ $persistence.size | quote }}
{{- end }}
{{- end }}
