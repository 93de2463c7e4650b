{{/* What a selector matches: nothing that a new version, chart or value changes. */}}
{{- define "taskrunner.selectorLabels" -}}
app.kubernetes.io/name: {{ include "taskrunner.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- with .pool }}
taskrunner.dev/pool: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Labels of an object; .component and .pool where it belongs to one. */}}
{{- define "taskrunner.labels" -}}
{{- $labels := include "taskrunner.tpl" (dict "root" .root "value" .root.Values.commonLabels) | fromYaml }}
{{- $own := dict
  "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63)
  "app.kubernetes.io/name" (include "taskrunner.name" .root)
  "app.kubernetes.io/instance" .root.Release.Name
  "app.kubernetes.io/version" .root.Chart.AppVersion
  "app.kubernetes.io/managed-by" .root.Release.Service
  "app.kubernetes.io/part-of" "taskrunner"
  "app.kubernetes.io/component" (.component | default nil)
  "taskrunner.dev/pool" (.pool | default nil) }}
{{- include "taskrunner.overlay" (dict "into" $labels "from" $own) }}
{{- include "taskrunner.overlay" (dict "into" $labels "from" (.labels | default dict)) }}
{{- toYaml $labels }}
{{- end }}

{{/* The metadata of an object: .name, and .labels and .annotations beside the common ones. */}}
{{- define "taskrunner.metadata" -}}
name: {{ .name | quote }}
namespace: {{ include "taskrunner.namespace" .root | quote }}
labels:
  {{- include "taskrunner.labels" . | nindent 2 }}
{{- $annotations := include "taskrunner.tpl" (dict "root" .root "value" .root.Values.commonAnnotations) | fromYaml }}
{{- include "taskrunner.overlay" (dict "into" $annotations "from" (.annotations | default dict)) }}
{{- with $annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* A value as YAML after its templates are filled in. Helm's tpl parses the whole chart each time, so a text without templates is left as
it is, and what one gave is remembered: common labels alone are asked for by every object. */}}
{{- define "taskrunner.tpl" -}}
{{- $text := kindIs "string" .value | ternary .value (toYaml .value) }}
{{- if contains "{{" $text }}
{{- $remembered := printf "templated %s" $text }}
{{- if not (hasKey .root.Values $remembered) }}
{{- $_ := set .root.Values $remembered (tpl $text .root) }}
{{- end }}
{{- get .root.Values $remembered }}
{{- else }}
{{- $text }}
{{- end }}
{{- end }}

{{/* Lays .from over .into: maps merge, anything else is replaced, also by 0, false and "", and null removes. */}}
{{- define "taskrunner.overlay" -}}
{{- $into := .into }}
{{- range $key, $value := .from }}
{{- if and (kindIs "map" $value) (kindIs "map" (get $into $key)) }}
{{- include "taskrunner.overlay" (dict "into" (get $into $key) "from" $value) }}
{{- else if kindIs "invalid" $value }}
{{- $_ := unset $into $key }}
{{- else }}
{{- $_ := set $into $key $value }}
{{- end }}
{{- end }}
{{- end }}
