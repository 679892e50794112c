{{/*
Names and settings that several templates share. What isn't about codeai is in the platform-lib
chart; the pod is in _pod.tpl, locals.yml in _locals.tpl, the checks in _validate.tpl.

Helpers that need to know the component take the root context with `component` (and more) merged
in: include "codeai.labels" (merge (dict "component" "web") .)
*/}}

{{- define "codeai.fullname" -}}
{{- include "platform-lib.fullname" . -}}
{{- end }}

{{- define "codeai.componentName" -}}
{{- include "platform-lib.componentName" (dict "root" . "component" .component) -}}
{{- end }}

{{- define "codeai.labels" -}}
{{- $version := include "platform-lib.imageTag" .Values.image -}}
{{- include "platform-lib.labels" (dict "root" . "component" .component "version" $version) -}}
{{- end }}

{{- define "codeai.selectorLabels" -}}
{{- include "platform-lib.selectorLabels" (dict "root" . "component" .component) -}}
{{- end }}

{{- define "codeai.image" -}}
{{- include "platform-lib.image" (dict "root" . "image" .Values.image "digest" .Values.imageDigest) -}}
{{- end }}

{{/*
`image` and `imagePullPolicy` of an application container.
*/}}
{{- define "codeai.imageFields" -}}
{{- $ref := include "codeai.image" . -}}
image: {{ $ref | quote }}
imagePullPolicy: {{ include "platform-lib.pullPolicy" (dict "ref" $ref "policy" .Values.imagePullPolicy) }}
{{- end }}

{{/*
The same of another image.
Takes: root, image
*/}}
{{- define "codeai.otherImageFields" -}}
{{- $ref := include "platform-lib.image" (pick . "root" "image") -}}
image: {{ $ref | quote }}
imagePullPolicy: {{ include "platform-lib.pullPolicy" (dict "ref" $ref "policy" .root.Values.imagePullPolicy) }}
{{- end }}

{{- define "codeai.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "codeai.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{/*
The Secret with the application's credentials; nothing where there is none.
*/}}
{{- define "codeai.secretName" -}}
{{- if .Values.require_external_secrets -}}
{{- printf "%s-secrets" (include "codeai.fullname" . | trunc 55) -}}
{{- else -}}
{{- tpl (.Values.existingSecret | default "") . -}}
{{- end -}}
{{- end }}

{{/*
A site's host name.
Takes: root, site
*/}}
{{- define "codeai.hostname" -}}
{{- $values := .root.Values -}}
{{- $computed := eq $values.environment "production" | ternary "" (printf "%s-" $values.environment) -}}
{{- $prefix := kindIs "invalid" $values.hostPrefix | ternary $computed $values.hostPrefix -}}
{{- printf "%s%s.%s" $prefix .site (tpl $values.domain .root) | lower -}}
{{- end }}

{{/*
All host names, as a JSON list (a template can only return text).
*/}}
{{- define "codeai.hostnames" -}}
{{- $hosts := list -}}
{{- range .Values.sites -}}
  {{- $hosts = append $hosts (include "codeai.hostname" (dict "root" $ "site" .)) -}}
{{- end -}}
{{- range .Values.ingress.extraHosts -}}
  {{- $hosts = append $hosts (tpl .host $) -}}
{{- end -}}
{{- $hosts | uniq | toJson -}}
{{- end }}

{{/*
The services behind the application, in the cluster or outside, as YAML.
*/}}
{{- define "codeai.backends" -}}
{{- $fullname := include "codeai.fullname" . -}}
database:
  {{- with .Values.database }}
  {{- $host := ternary (printf "%s-mysql" $fullname) .host $.Values.mysql.enabled }}
  host: {{ tpl $host $ }}
  readerHost: {{ tpl (.readerHost | default $host) $ }}
  port: {{ .port }}
  name: {{ .name | default (printf "dashboard_%s" $.Values.environment) }}
  {{- end }}
cache:
  host: {{ .Values.redis.enabled | ternary (printf "%s-redis" $fullname) (tpl .Values.cache.host .) }}
  port: {{ .Values.cache.port }}
  scheme: {{ ternary "rediss" "redis" (and .Values.cache.tls (not .Values.redis.enabled)) }}
storage:
  endpoint: {{ coalesce .Values.storage.endpoint (.Values.minio.enabled | ternary (printf "http://%s-minio:9000" $fullname) "") | quote }}
  region: {{ .Values.storage.region }}
{{- end }}
