{{/*
What the cluster can do. Everything here follows `.Capabilities`, which a render pins.
*/}}

{{/*
Ingress left beta in 1.19; older clusters are still met in on-premises installations.
*/}}
{{- define "platform-lib.apiVersion.ingress" -}}
{{- if .Capabilities.APIVersions.Has "networking.k8s.io/v1" -}}
networking.k8s.io/v1
{{- else if semverCompare ">=1.19-0" .Capabilities.KubeVersion.Version -}}
networking.k8s.io/v1
{{- else -}}
networking.k8s.io/v1beta1
{{- end -}}
{{- end }}

{{- define "platform-lib.apiVersion.externalSecret" -}}
{{- .Capabilities.APIVersions.Has "external-secrets.io/v1" | ternary "external-secrets.io/v1" "external-secrets.io/v1beta1" -}}
{{- end }}

{{/*
"true" where the cluster is at least this version, else nothing.
Takes: root, version
*/}}
{{- define "platform-lib.atLeast" -}}
{{- if semverCompare (printf ">=%s-0" .version) .root.Capabilities.KubeVersion.Version -}}
true
{{- end -}}
{{- end }}
