{{/*
Images. An image is either a whole reference ("registry/repository:tag") or a map of
`registry`, `repository`, `tag` and `digest`.
*/}}

{{/*
The reference to pull. `global.imageRegistry` replaces the registry, for clusters behind a mirror.
Takes: root, image, digest (optional, pins a reference that has none)
*/}}
{{- define "platform-lib.image" -}}
{{- $ref := "" -}}
{{- if kindIs "string" .image -}}
  {{- $ref = .image -}}
{{- else -}}
  {{- $repository := required "an image needs a repository" .image.repository -}}
  {{- $ref = list .image.registry $repository | compact | join "/" -}}
  {{- with .image.tag -}}
    {{- $ref = printf "%s:%s" $ref (toString .) -}}
  {{- end -}}
  {{- with .image.digest -}}
    {{- $ref = printf "%s@%s" $ref . -}}
  {{- end -}}
{{- end -}}
{{- with dig "imageRegistry" "" (.root.Values.global | default dict) -}}
  {{- $parts := splitList "/" $ref -}}
  {{- /* As Docker reads it: the first part is a registry if it has a dot or a port. */ -}}
  {{- if and (gt (len $parts) 1) (regexMatch "[.:]|^localhost$" (first $parts)) -}}
    {{- $parts = rest $parts -}}
  {{- end -}}
  {{- $ref = printf "%s/%s" (trimSuffix "/" .) (join "/" $parts) -}}
{{- end -}}
{{- if and .digest (not (contains "@" $ref)) -}}
  {{- $ref = printf "%s@%s" $ref .digest -}}
{{- end -}}
{{- $ref -}}
{{- end }}

{{/*
The tag of a reference, "latest" where it has none.
*/}}
{{- define "platform-lib.imageTag" -}}
{{- $last := splitList "@" . | first | splitList "/" | last -}}
{{- if contains ":" $last -}}
{{- splitList ":" $last | last -}}
{{- else -}}
latest
{{- end -}}
{{- end }}

{{/*
A tag that names a commit, or a digest, never moves: no need to ask the registry again.
Takes: ref, policy (optional, wins)
*/}}
{{- define "platform-lib.pullPolicy" -}}
{{- $immutable := or (contains "@sha256:" .ref) (regexMatch ":(git-[0-9a-f]{40,64}|v?[0-9]+[.][0-9]+[.][0-9]+(-.+)?)$" .ref) -}}
{{- .policy | default (ternary "IfNotPresent" "Always" $immutable) -}}
{{- end }}

{{/*
Pull secrets of the chart and of `global`, each once; entries are names or {name: …}.
*/}}
{{- define "platform-lib.imagePullSecrets" -}}
{{- $names := list -}}
{{- range concat (.Values.imagePullSecrets | default list) (dig "imagePullSecrets" list (.Values.global | default dict)) -}}
  {{- if kindIs "map" . -}}
    {{- $names = append $names .name -}}
  {{- else -}}
    {{- $names = append $names . -}}
  {{- end -}}
{{- end -}}
{{- with $names | compact | uniq -}}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end -}}
{{- end }}
