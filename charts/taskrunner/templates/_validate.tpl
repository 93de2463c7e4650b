{{/* Fails with every mistake in the values at once; what a placeholder gives is judged when it is right. */}}
{{- define "taskrunner.validate" -}}
{{- include "taskrunner.given" . }}
{{- $mistakes := list }}
{{- $parts := list "broker" "database" "pools" "pods" "routes" "texts" "metrics" "beat" "volume" "upgrade" "waves" }}
{{- range $part := get .Values "given names" | trim | empty | ternary $parts (list "placeholders") }}
{{- range include (printf "taskrunner.validate.%s" $part) $ | splitList "\n" }}
{{- if trim . }}{{ $mistakes = append $mistakes (printf "- %s" (trim .)) }}{{ end }}
{{- end }}{{ end }}
{{- if $mistakes }}
{{- printf "the values cannot be used:\n%s" (join "\n" $mistakes) | fail }}
{{- end }}
{{- end }}

{{/* Placeholders of other programs in what is templated: Helm would fill them in with nothing. Inside a range or with they may be fields, and in quotes
they are texts. Read before anything is filled in. */}}
{{- define "taskrunner.placeholders" -}}
{{- $templated := omit .Values "rawObjects" "extraObjects" "given texts" }}
{{- $_ := set $templated "beat" (omit .Values.beat "schedules") }}
{{- $_ := set $templated "global" (pick .Values.global "imageRegistry" "imagePullSecrets" "storageClass") }}
{{- range $key := keys $templated }}{{ if or (hasPrefix "x-" $key) (hasPrefix "." $key) }}{{ $_ := unset $templated $key }}{{ end }}{{ end }}
{{- range $index, $object := .Values.extraObjects }}{{ $_ := set $templated (printf "extraObjects[%d]" $index) $object }}{{ end }}
{{- range $key, $value := $templated }}{{ if contains "{{" (toJson $value) }}
{{- range regexFindAll "\"([^\"\\\\]|\\\\.)*[{][{]([^\"\\\\]|\\\\.)*\"" (toJson $value) -1 | uniq }}
{{- $text := (printf "{\"text\":%s}" . | fromJson).text }}
{{- $text = regexReplaceAll "[{][{]-? *\"([^\"\\\\]|\\\\.)*\"|`[^`]*`" $text "``" }}
{{- $fields := regexMatch "[{][{]-? *(range|with|define) " $text }}
{{- range regexFindAll "[{][{][^}]*[}][}]" $text -1 | uniq }}
{{- $action := regexReplaceAll "\"([^\"\\\\]|\\\\.)*\"" . "``" }}
{{- $alone := regexMatch "^[{][{]-? *[$]?[.][A-Za-z0-9_.]+ *-?[}]" $action }}
{{- $whole := regexMatch "[ ({|-]((index|get) +[$]?[.] |dig [^}|)]* [$]?[.] *[)}|-])" $action | and (not $fields) }}
{{- $ranged := regexMatch "range [^}]*[ =][$]?[.] *-?[}]" $action }}
{{- include "taskrunner.sentences" (list $ (list "placeholders.index" (or $whole $ranged) $key .)) }}
{{- range regexFindAll "[{ (|=,-][$]?[.][A-Za-z][A-Za-z0-9_.]*" $action -1 }}
{{- $path := regexFind "[.].*" . }}
{{- $steps := splitList "." (trimPrefix "." $path) }}
{{- $known := has (first $steps) (list "Values" "Release" "Chart" "Capabilities" "Files" "Template" "Subcharts") }}
{{- $found := eq (first $steps) "Values" | ternary $.Values "" }}
{{- range rest $steps }}{{ if kindIs "map" $found }}{{ $found = index $found . }}{{ end }}{{ end }}
{{- $object := hasPrefix "extraObjects" $key | ternary "put the object into rawObjects, or " "" }}
{{- include "taskrunner.sentences" (list $ (list "placeholders.nothing" (not (or $fields $known)) $key $path $object)
  (list "placeholders.missing" (and $alone (kindIs "invalid" $found)) $key $path)) }}
{{- end }}{{ end }}{{ end }}{{ end }}{{ end }}
{{- end }}

{{/* Texts whose templates are filled in with what files/forms.yaml does not allow. The schema judges texts without templates. */}}
{{- define "taskrunner.validate.texts" -}}
{{- $texts := get .Values "given texts" }}
{{- $forms := contains "{{" $texts | ternary (.Files.Get "files/forms.yaml") "" | fromYamlArray }}
{{- include "taskrunner.validate.text" (dict "root" . "forms" $forms "path" "" "value" (fromJson $texts)) }}
{{- end }}

{{/* The same for a .value, or all that is below it, at .path of the values. A key of a map is judged as the value of <key>. */}}
{{- define "taskrunner.validate.text" -}}
{{- if not (contains "{{" (toJson .value)) }}
{{- else if kindIs "map" .value }}
{{- range $key, $value := .value }}
{{- $at := dict "root" $.root "forms" $.forms "path" (printf "%s.%s" $.path $key | trimPrefix ".") "value" $value }}
{{- range list $at (merge (dict "path" (printf "%s.<key>" $.path) "value" $key) (omit $at "value")) }}{{ include "taskrunner.validate.text" . }}{{ end }}
{{- end }}
{{- else if kindIs "slice" .value }}
{{- range .value }}{{ include "taskrunner.validate.text" (dict "root" $.root "forms" $.forms "path" $.path "value" .) }}{{ end }}
{{- else }}{{ range .forms }}
{{- if regexMatch (printf "^((worker|workers[.][^.]+|beat|migrate|test|redis|postgresql)[.])?(%s)$" .at) $.path }}
{{- $text := include "taskrunner.tpl" (list $.root $.value) }}
{{- $fits := and (regexMatch .as $text) (le (len $text) (.most | default 65536 | int)) }}
{{- include "taskrunner.sentences" (list $.root (list "text.form" (not $fits) $.path $text .be)) }}
{{- end }}{{ end }}{{ end }}
{{- end }}

{{- define "taskrunner.validate.broker" -}}
{{- $broker := .Values.broker }}
{{- $redis := .Values.redis }}
{{- include "taskrunner.validate.store" (dict "root" . "key" "broker" "store" $broker "bundle" "redis" "bundled" $redis) }}
{{- /* To Redis mb is 1024 kb, and m is 1000 k. */}}
{{- $most := $redis.maxmemory | default "" | replace "kb" "Ki" | replace "mb" "Mi" | replace "gb" "Gi" | replace "m" "M" | replace "g" "G" }}
{{- $limit := (($redis.resources | default dict).limits | default dict).memory | default "" | toString | replace "none" "" }}
{{- $tight := le (include "taskrunner.quantity" $limit | float64) (include "taskrunner.quantity" $most | float64) }}
{{- $tls := $broker.tls }}{{ $sentinel := $broker.sentinel }}
{{- $encrypted := or $tls.enabled (hasPrefix "rediss" $broker.url) $broker.existingSecret.urlKey }}
{{- include "taskrunner.sentences" (list . (list "broker.maxmemory" (and $redis.enabled $most $limit $tight) $redis.maxmemory $limit)
  (list "broker.bundledTls" (and $tls.enabled $redis.enabled))
  (list "broker.scheme" (and $tls.enabled (hasPrefix "redis://" $broker.url)))
  (list "broker.sentinels" (and (or $sentinel.username $sentinel.password) (not $sentinel.addresses)))
  (list "broker.authority" (and $tls.caSecret.name (or $broker.host $sentinel.addresses) (not $tls.enabled)))
  (list "broker.plain" (and (or $tls.caBundles $tls.clientSecret.name) (or $redis.enabled (not $encrypted))))) }}
{{- end }}

{{- define "taskrunner.validate.database" -}}
{{- $database := .Values.database }}
{{- $bundled := .Values.postgresql.enabled }}
{{- $of := dict "root" . "key" "database" "store" $database "bundle" "postgresql" "bundled" .Values.postgresql }}
{{- include "taskrunner.validate.store" $of }}
{{- $tls := $database.tls }}{{ $mode := $database.sslmode }}
{{- $loose := has $mode (list "disable" "prefer") }}
{{- $plain := or $bundled (eq $mode "disable") (contains "sslmode=disable" $database.url) }}
{{- $hasUser := regexMatch "://[^/?:@]+(:.*)?@|[?&]user=." $database.url }}
{{- $hasName := regexMatch "://(.*@)?[^/?]*/[^/?]|[?&]dbname=." $database.url }}
{{- $own := .Values.migrate.database }}{{ $secret := $own.existingSecret }}
{{- include "taskrunner.sentences" (list .
  (list "database.authority" (and $tls.caSecret.name (not $database.url) $loose) "caSecret.name" $mode)
  (list "database.authority" (and $tls.caBundles (not $database.url) (not $database.existingSecret.urlKey) $loose) "caBundles" $mode)
  (list "database.plain" (and $tls.clientSecret.name $plain))
  (list "database.url" (and $database.url (not (and $hasUser $hasName))))
  (list "database.bundledTls" (and $bundled (not $loose)) $mode)
  (list "migrate.bundled" (and $bundled (or $own.url $secret.name)))
  (list "migrate.twice" (and $own.url $secret.name (or $secret.urlKey (include "taskrunner.hasPassword" $own.url))))
  (list "migrate.secretUnnamed" (and $secret.urlKey (not $secret.name)))) }}
{{- end }}

{{/* Argo CD starts a wave once all of the one before is healthy: first the configuration, then the migration, then those that wait for it. */}}
{{- define "taskrunner.validate.waves" -}}
{{- $waiting := dict "migrate" .Values.migrate.annotations }}
{{- range $pool, $settings := include "taskrunner.pools" . | fromJson }}
{{- $_ := set $waiting (printf "worker (pool %s)" $pool) $settings.annotations }}
{{- end }}
{{- if .Values.beat.enabled }}{{ $_ := set $waiting "beat" .Values.beat.annotations }}{{ end }}
{{- $waves := dict "" 0 }}
{{- range $of, $annotations := set $waiting "" dict }}
{{- $layers := include "taskrunner.layers" (list $ $.Values.commonAnnotations ($annotations | default dict)) | fromYaml }}
{{- $_ := set $waves $of (get $layers "argocd.argoproj.io/sync-wave" | toString | int) }}
{{- end }}
{{- range $of, $wave := empty .Values.migrate.enabled | ternary dict (omit $waves "migrate") }}
{{- include "taskrunner.sentences" (list $ (list "waves.migrate" (and (empty $of) (lt $waves.migrate $wave)) $wave $waves.migrate)
  (list "waves.others" (and $of (lt $wave $waves.migrate)) $of $waves.migrate $wave)) }}
{{- end }}
{{- end }}

{{/* What holds for broker and database alike: one source of the address, one source of the password. */}}
{{- define "taskrunner.validate.store" -}}
{{- $secret := .store.existingSecret }}
{{- $sentinels := dig "sentinel" "addresses" list .store }}
{{- $sources := list }}
{{- range list (list "url" .store.url) (list "host" .store.host) (list "sentinel.addresses" $sentinels)
  (list "existingSecret.urlKey" (and $secret.name $secret.urlKey)) }}
{{- if last . }}{{ $sources = append $sources (printf "%s.%s" $.key (first .)) }}{{ end }}
{{- end }}
{{- $isBundled := .bundled.enabled }}
{{- $given := or $secret.hostKey $secret.portKey $secret.usernameKey $secret.nameKey }}
{{- $part := or (and $secret.portKey "portKey") (and $secret.usernameKey "usernameKey") (and $secret.nameKey "nameKey") "hostKey" }}
{{- $lost := or (not $secret.name) (and (not .store.host) (not $sentinels)) }}
{{- $scheme := eq .key "broker" | ternary "rediss?" "postgres(ql)?" }}
{{- $schemes := eq .key "broker" | ternary "redis:// or rediss" "postgresql" }}
{{- include "taskrunner.sentences" (list .root (list "store.bundledSources" (and $isBundled $sources) .bundle (join ", " $sources) .key)
  (list "store.bundledSecret" (and $isBundled (not $sources) $secret.name) .key .bundle)
  (list "store.passwords" (and $isBundled .bundled.password .store.password (ne .bundled.password .store.password)) .bundle .key)
  (list "store.none" (not (or $isBundled $sources)) .key .bundle)
  (list "store.sources" (and (not $isBundled) (gt (len $sources) 1)) (join " and " $sources))
  (list "store.scheme" (and .store.url (not (regexMatch (printf "^%s://." $scheme) .store.url))) .key $schemes)
  (list "store.secretUnnamed" (and $secret.urlKey (not $secret.name)) .key)
  (list "store.passwordTwice" (and $secret.name .store.password) .key)
  (list "store.bundledPassword" (and .bundled.existingSecret.name (or .bundled.password .store.password)) .bundle .key)
  (list "store.hostTwice" (and $secret.hostKey (not (hasPrefix "$(" .store.host))) .key)
  (list "store.secretIncomplete" (and $given $lost) .key $part)
  (list "store.urlPassword" (and $secret.name (include "taskrunner.hasPassword" .store.url)) .key)) }}
{{- /* The names of other options are not told: one may be part of a password that was cut wrongly. */}}
{{- range $index, $option := regexFindAll "[?&][^=&@]*" (.store.url | splitList "@" | last) -1 }}
{{- $known := get ($.root.Files.Get "files/url-options.yaml" | fromYaml) $.key }}
{{- $isKnown := has (substr 1 -1 $option) $known }}
{{- include "taskrunner.sentences" (list $.root (list "store.option" (not $isKnown) $.key (add1 $index) (join ", " $known))) }}
{{- end }}
{{- end }}
