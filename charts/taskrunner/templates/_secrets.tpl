{{/* The password of a store by (list $ "broker" "redis"), empty when it has none or a Secret of the user holds it. One of a bundled store that is not
given is that which an earlier install generated, else a new one. That is remembered in the values, because the Secret, the configuration of the store
and the checksums must all see the same. */}}
{{- define "taskrunner.password" -}}
{{- $root := first . }}
{{- $bundle := get $root.Values (last .) }}
{{- $key := printf "%s-password" (index . 1) }}
{{- $given := (get $root.Values (index . 1)).password | default ($bundle.enabled | ternary $bundle.password "") }}
{{- $remembered := printf "generated %s" $key }}
{{- if and $bundle.enabled (not $given) (not $bundle.existingSecret.name) (not (hasKey $root.Values $remembered)) }}
{{- $secret := lookup "v1" "Secret" (include "taskrunner.namespace" $root) (include "taskrunner.named" (list $root "credentials")) }}
{{- $kept := get (get $secret "data" | default dict) $key | default "" | b64dec }}
{{- $_ := set $root.Values $remembered (default (randAlphaNum 32) $kept) }}
{{- end }}
{{- $given | default (get $root.Values $remembered) }}
{{- end }}

{{/* What the chart's own Secret holds, as a map from file name to text. */}}
{{- define "taskrunner.credentials" -}}
{{- if not (hasKey $.Values "computed credentials") }}
{{- include "taskrunner.given" . }}{{ $credentials := dict }}
{{- range $store, $bundle := dict "broker" "redis" "database" "postgresql" }}
{{- $url := (get $.Values $store).url }}
{{- if include "taskrunner.hasPassword" $url }}{{ $_ := set $credentials (printf "%s-url" $store) $url }}{{ end }}
{{- with include "taskrunner.password" (list $ $store $bundle) }}{{ $_ := set $credentials (printf "%s-password" $store) . }}{{ end }}
{{- end }}
{{- with .Values.broker.sentinel.password }}{{ $_ := set $credentials "broker-sentinel-password" . }}{{ end }}
{{- $own := .Values.migrate.database.url }}
{{- if include "taskrunner.hasPassword" $own }}{{ $_ := set $credentials "migrate-url" $own }}{{ end }}
{{- $_ := set $.Values "computed credentials" (toJson $credentials) }}{{ end }}{{ get $.Values "computed credentials" }}
{{- end }}

{{/* Name of the Secret that pods read. It carries a hash of its content: pods of an earlier version keep what they work with when an upgrade fails. */}}
{{- define "taskrunner.credentialsName" -}}
{{- include "taskrunner.named" (list . (include "taskrunner.credentials" . | sha256sum | trunc 8 | printf "credentials-%s")) }}
{{- end }}

{{/* The data of the chart's own Secrets by name: one of a fixed name, which outlives the release where it must and remembers the others; the one that pods
of this version read; and those of three versions before, which pods of theirs may still read and Helm would delete. */}}
{{- define "taskrunner.ownSecrets" -}}
{{- $secrets := dict }}
{{- $data := dict }}
{{- range $key, $text := include "taskrunner.credentials" . | fromJson }}{{ $_ := set $data $key (b64enc $text) }}{{ end }}
{{- $namespace := include "taskrunner.namespace" . }}
{{- $fixed := include "taskrunner.named" (list . "credentials") }}
{{- $before := lookup "v1" "Secret" $namespace $fixed | default dict }}
{{- $known := get (($before.metadata | default dict).annotations | default dict) "taskrunner.dev/credentials" | splitList " " | compact }}
{{- /* A version without a Secret counts, too. */}}
{{- $current := empty $data | ternary "none" (include "taskrunner.credentialsName" .) }}
{{- $names := prepend (empty $data | ternary $known (without $known $current)) $current }}
{{- $names = slice $names 0 (min 4 (len $names) | int) }}
{{- $_ := set .Values "names of credentials" (join " " $names) }}
{{- range $earlier := without $names $current "none" }}{{ with (lookup "v1" "Secret" $namespace $earlier).data }}{{ $_ := set $secrets $earlier . }}{{ end }}{{ end }}
{{- if $data }}{{ $_ = set (set $secrets $current $data) $fixed $data }}{{ else if $secrets }}{{ $_ = set $secrets $fixed $before.data }}{{ end }}
{{- toJson $secrets }}
{{- end }}

{{/* Every secret file that all pods see, as a map from file name to the Secret and the key that hold it. */}}
{{- define "taskrunner.secretFiles" -}}
{{- if not (hasKey $.Values "computed secretFiles") }}
{{- include "taskrunner.given" . }}{{ $files := dict }}
{{- $own := include "taskrunner.credentialsName" . }}
{{- range $file, $text := omit (include "taskrunner.credentials" . | fromJson) "migrate-url" }}
{{- $_ := set $files $file (dict "name" $own "key" $file) }}
{{- end }}
{{- range $store, $bundle := dict "broker" "redis" "database" "postgresql" }}
{{- $bundled := get $.Values $bundle }}
{{- $existing := ($bundled.enabled | ternary $bundled (get $.Values $store)).existingSecret }}
{{- $kind := empty $existing.urlKey | ternary "password" "url" }}
{{- $key := get $existing (printf "%sKey" $kind) }}
{{- if and $key $existing.name }}{{ $_ := set $files (printf "%s-%s" $store $kind) (dict "name" $existing.name "key" $key) }}{{ end }}
{{- end }}
{{- $broker := .Values.broker.existingSecret }}
{{- if and $broker.name $broker.sentinelPasswordKey }}{{ $_ := set $files "broker-sentinel-password" (dict "name" $broker.name "key" $broker.sentinelPasswordKey) }}{{ end }}
{{- $_ := set $.Values "computed secretFiles" (toJson $files) }}{{ end }}{{ get $.Values "computed secretFiles" }}
{{- end }}

{{/* The authorities to trust for a .store, each with the .kind of its source, its .name and .key. */}}
{{- define "taskrunner.authorities" -}}
{{- $tls := (get .root.Values .store).tls }}
{{- $authorities := empty $tls.caSecret.name | ternary list (list (merge (dict "kind" "secret") $tls.caSecret)) }}
{{- range $tls.caBundles }}
{{- $kind := empty .configMap | ternary "secret" "configMap" }}
{{- $authorities = append $authorities (dict "kind" $kind "name" (get . $kind) "key" (.key | default "ca.crt")) }}
{{- end }}
{{- toJson $authorities }}
{{- end }}

{{/* The variables that name the files of a .store's TLS. Several authorities are a folder. */}}
{{- define "taskrunner.tlsFiles" -}}
{{- include "taskrunner.given" .root }}
{{- $prefix := printf "TASKRUNNER_%s" (upper .store) }}
{{- with include "taskrunner.authorities" . | fromJsonArray }}
{{ $prefix }}_CA_FILE: /etc/taskrunner/ca/{{ $.store }}{{ gt (len .) 1 | ternary "" ".crt" }}
{{- end }}
{{- if (get .root.Values .store).tls.clientSecret.name }}
{{ $prefix }}_CERT_FILE: /etc/taskrunner/client/{{ .store }}.crt
{{ $prefix }}_KEY_FILE: /etc/taskrunner/client/{{ .store }}.key
{{- end }}
{{- end }}

{{/* Volumes that bring secrets and certificates into a pod, with their .mountPath; .files are those of this pod alone. Projected, so that a rotated secret
arrives without a restart; 288 is 0440. */}}
{{- define "taskrunner.secretVolumes" -}}
{{- $shared := include "taskrunner.secretFiles" .root | fromJson }}
{{- if .files }}{{ $shared = omit $shared "database-url" "database-password" }}{{ end }}
{{- $volumes := dict "secrets" (merge (.files | default dict) $shared) "ca" dict "client" dict }}
{{- range $store := list "broker" "database" }}
{{- $authorities := include "taskrunner.authorities" (dict "root" $.root "store" $store) | fromJsonArray }}
{{- $several := gt (len $authorities) 1 }}
{{- range $index, $authority := $authorities }}
{{- $_ := set $volumes.ca ($several | ternary (printf "%s/%d.crt" $store $index) (printf "%s.crt" $store)) $authority }}
{{- end }}
{{- $client := (get $.root.Values $store).tls.clientSecret }}
{{- range $file, $key := empty $client.name | ternary dict (dict "crt" $client.certKey "key" $client.keyKey) }}
{{- $_ := set $volumes.client (printf "%s.%s" $store $file) (dict "name" $client.name "key" $key) }}
{{- end }}{{ end }}
{{- $list := list }}
{{- range $volume, $files := $volumes }}
{{- $sources := list }}
{{- range $file, $source := $files }}
{{- $from := dict "name" $source.name "items" (list (dict "key" $source.key "path" $file)) }}
{{- $sources = append $sources (dict ($source.kind | default "secret") $from) }}
{{- end }}
{{- $projected := dict "defaultMode" 288 "sources" $sources }}
{{- $made := dict "name" $volume "mountPath" (printf "/etc/taskrunner/%s" $volume) "projected" $projected }}
{{- if $files }}{{ $list = append $list $made }}{{ end }}
{{- end }}
{{- toJson $list }}
{{- end }}
