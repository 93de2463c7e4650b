{{/* What a selector matches: nothing that a new version, chart or value changes. */}}
{{- define "taskrunner.selectorLabels" -}}
app.kubernetes.io/name: {{ include "taskrunner.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- with .pool }}
taskrunner.dev/pool: {{ . | quote }}
{{- end }}
{{- end }}

{{/* How an object starts: its .api and .kind, its .name or a .suffix as of taskrunner.named, and .labels and .annotations beside the common ones and
those of its component and pool; templated. .podLabels are those of a pod itself. Common labels change only what no selector and no guard of upgrades
looks for. */}}
{{- define "taskrunner.head" -}}
{{- $name := hasKey . "name" | ternary .name (include "taskrunner.named" (list .root (.suffix | default ""))) }}
{{- $usual := dict "app.kubernetes.io/version" .root.Chart.AppVersion "app.kubernetes.io/part-of" "taskrunner" }}
{{- $fixed := dict "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63)
  "app.kubernetes.io/name" (include "taskrunner.name" .root)
  "app.kubernetes.io/instance" .root.Release.Name
  "app.kubernetes.io/managed-by" .root.Release.Service
  "app.kubernetes.io/component" .component
  "taskrunner.dev/pool" .pool }}
{{- $of := get .root.Values (.component | default "") | default dict }}
{{- $pool := get .root.Values.workers (.pool | default "") | default dict }}
{{- $annotations := list .root .root.Values.commonAnnotations $of.annotations $pool.annotations .annotations -}}
apiVersion: {{ .api }}
kind: {{ .kind }}
metadata:
  name: {{ $name | quote }}
  namespace: {{ include "taskrunner.namespace" .root | quote }}
  labels:
    {{- include "taskrunner.layers" (list .root $usual .root.Values.commonLabels $of.labels $pool.labels .podLabels $fixed .labels) | nindent 4 }}
  {{- include "taskrunner.part" (list "annotations" (include "taskrunner.layers" $annotations) 2) }}
{{- end }}

{{/* A part of an object by (list "key" "text"), with a 4 behind them where it is indented by 4; nothing for an empty map or list. */}}
{{- define "taskrunner.part" -}}
{{- with include "taskrunner.entries" (list (index . 1) 2) }}
{{- printf "%s:%s" (first $) . | nindent (slice $ 2 | first | default 0) }}
{{- end }}
{{- end }}

{{/* What stands below a key, after other entries, by (list "text" 4) with its indent; nothing where the text is an empty map or list. */}}
{{- define "taskrunner.entries" -}}
{{- if not (has (first .) (list "" "{}" "[]" "null")) }}
{{- first . | nindent (last .) }}
{{- end }}
{{- end }}

{{/* A part by (list $ "key" value), and an indent, for a value that is templated. */}}
{{- define "taskrunner.filledPart" -}}
{{- $text := include "taskrunner.tpl" (list (first .) (index . 2)) }}
{{- include "taskrunner.part" (concat (list (index . 1) $text) (slice . 3)) }}
{{- end }}

{{/* A value of (list $ value) as YAML after its templates are filled in; a text as it is. */}}
{{- define "taskrunner.tpl" -}}
{{- $value := last . }}
{{- if kindIs "string" $value }}
{{- include "taskrunner.text" . }}
{{- else if contains "{{" (toJson $value) }}
{{- $filled := dict "value" (deepCopy $value) }}
{{- include "taskrunner.fillIn" (dict "root" (first .) "map" $filled "key" "value") }}
{{- toYaml $filled.value }}
{{- else }}
{{- toYaml $value }}
{{- end }}
{{- end }}

{{/* A text of (list $ "text") filled in. Helm's tpl parses the whole chart each time, so a text without templates is left as it is,
and results are remembered: every object asks for the common labels. */}}
{{- define "taskrunner.text" -}}
{{- $text := last . }}
{{- if contains "{{" $text }}
{{- $root := first . }}
{{- $remembered := printf "templated %s" $text }}
{{- if not (hasKey $root.Values $remembered) }}{{ $_ := set $root.Values $remembered (tpl $text $root) }}{{ end }}
{{- get $root.Values $remembered }}
{{- else }}
{{- $text }}
{{- end }}
{{- end }}

{{/* Fills in each text below a .key of a .map, and each key there, by itself: whatever a template gives stays one text. What is below the keys .but
stays as it is: secrets, and what is templated elsewhere. */}}
{{- define "taskrunner.fillIn" -}}
{{- $value := get .map .key }}
{{- if kindIs "map" $value }}
{{- range $key, $below := $value }}
{{- if not (has $key $.but) }}
{{- $name := include "taskrunner.text" (list $.root $key) }}
{{- $_ := set (unset $value $key) $name $below }}
{{- include "taskrunner.fillIn" (dict "root" $.root "map" $value "key" $name "but" $.but) }}
{{- end }}{{ end }}
{{- else if kindIs "slice" $value }}
{{- $list := list }}
{{- range $value }}
{{- $entry := dict "value" . }}
{{- include "taskrunner.fillIn" (dict "root" $.root "map" $entry "key" "value" "but" $.but) }}
{{- $list = append $list $entry.value }}
{{- end }}
{{- $_ := set .map .key $list }}
{{- else if kindIs "string" $value }}
{{- $_ := set .map .key (include "taskrunner.text" (list .root $value)) }}
{{- end }}
{{- end }}

{{/* Maps laid over one another by (list $ first second …), each templated. Reading YAML is what takes helm's time: a map
without templates is taken as it is. */}}
{{- define "taskrunner.layers" -}}
{{- $layers := dict }}
{{- range $layer := rest . }}
{{- if contains "{{" (toJson $layer) }}{{ $layer = include "taskrunner.tpl" (list (first $) $layer) | fromYaml }}{{ end }}
{{- include "taskrunner.overlay" (dict "into" $layers "from" $layer) }}
{{- end }}
{{- toYaml $layers }}
{{- end }}

{{/* Takes what is "none" out of a map, and maps of which nothing is left: the word for null that Helm 3 passes on from a parent chart, too. */}}
{{- define "taskrunner.removeNone" -}}
{{- $map := . }}
{{- range $key, $value := . }}
{{- if kindIs "map" $value }}{{ include "taskrunner.removeNone" $value }}{{ end }}
{{- if or (eq (toString $value) "none") (and (kindIs "map" $value) (empty $value)) }}{{ $_ := unset $map $key }}{{ end }}
{{- end }}
{{- end }}

{{/* Lays .from over .into: maps merge, anything else is replaced, also by 0, false and "", and null removes. What .from holds is not changed. */}}
{{- define "taskrunner.overlay" -}}
{{- $into := .into }}
{{- range $key, $value := .from }}
{{- if kindIs "map" $value }}
{{- $map := kindIs "map" (get $into $key) | ternary (get $into $key) dict }}
{{- include "taskrunner.overlay" (dict "into" $map "from" $value) }}
{{- $_ := set $into $key $map }}
{{- else if kindIs "invalid" $value }}
{{- $_ := unset $into $key }}
{{- else }}
{{- $_ := set $into $key $value }}
{{- end }}{{ end }}
{{- end }}
