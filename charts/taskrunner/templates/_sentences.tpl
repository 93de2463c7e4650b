{{/* The sentence of files/sentences.yaml for each (list "key" condition arguments…) whose condition holds, by (list $ …). The file is read once, and
only where there is something to say. The verb behind the sentence takes the last of six arguments, so that printf finds none too many. */}}
{{- define "taskrunner.sentences" -}}
{{- $root := first . }}
{{- range rest . }}
{{- if index . 1 }}
{{- if not (hasKey $root.Values "sentences read") }}
{{- $_ := set $root.Values "sentences read" ($root.Files.Get "files/sentences.yaml" | fromYaml) }}
{{- end }}
{{- $sentence := get (get $root.Values "sentences read") (first .) | default (first .) }}
{{- $with := concat (slice . 2) (list "" "" "" "" "" "") }}
{{ printf (print $sentence "%[6]s") (index $with 0) (index $with 1) (index $with 2) (index $with 3) (index $with 4) (index $with 5) }}
{{- end }}{{ end }}
{{- end }}
