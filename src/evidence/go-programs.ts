// The software in Go that is most often installed by hand: what it is called, which packages carry it, its main packages, and where the linker puts its version.
import type { ProductRow } from './product-row.ts';

const SHA = /^[0-9a-f]{7,40}$/;
const GO = /^go1\.\d/;
const DATE = /^\d{8}-\d\d:\d\d:\d\d$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;
const TREE_STATE = /^(?:clean|dirty|archive|not a git tree)$/;
/** The oldest cluster that an etcd of version 3 joins. */
const MIN_CLUSTER = /^3\.0\.0$/;
/** Where Caddy's administration listens, declared beside the version that a distribution sets. */
const ADMIN = /^localhost:2019$/;
const REMOTE_ADMIN = /^:2021$/;
/** What rclone says of a build that its own release script did not make. */
const DEVELOPMENT = /^DEV$/;
const YES_OR_NO = /^(?:yes|no)$/;

/** github.com/prometheus/common/version: Version, Revision, Branch, BuildUser, BuildDate, GoVersion. */
const PROMETHEUS_RUNS = [[GO, 'REVISION', 'VERSION'], ['VERSION', 'REVISION', 'ANY', 'ANY', DATE]] as const;
const PROMETHEUS_SETTING = 'github.com/prometheus/common/version.Version';
/** k8s.io/component-base/version: gitMajor, gitMinor, gitVersion, gitCommit, gitTreeState. */
const KUBERNETES = { settings: ['k8s.io/component-base/version.gitVersion', 'k8s.io/client-go/pkg/version.gitVersion'], runs: [['ANY', 'ANY', 'VERSION', SHA, TREE_STATE], [SHA, 'ANY', 'ANY', TREE_STATE, 'VERSION']] as const };

export const GO_PROGRAMS: readonly ProductRow[] = [
  { id: 'go', name: 'Go (toolchain)', packages: ['golang-go', 'golang', 'golang-1*', 'golang-bin', 'go'], go: { packages: ['cmd'], toolchain: true } },
  {
    id: 'docker', name: 'Docker', packages: ['docker.io', 'docker-ce', 'docker-ce-cli', 'docker-cli', 'moby-engine', 'moby-cli', 'docker'],
    go: {
      packages: ['github.com/docker/docker/cmd', 'github.com/moby/moby/cmd', 'github.com/docker/cli/cmd/docker', 'github.com/docker/libnetwork/cmd'],
      settings: ['github.com/docker/docker/dockerversion.Version', 'github.com/moby/moby/dockerversion.Version', 'github.com/docker/cli/cli/version.Version'],
      runs: [[TIME, SHA, 'VERSION'], ['VERSION', SHA, TIME], [SHA, 'VERSION', TIME]],
    },
  },
  { id: 'docker-compose', name: 'Docker Compose', packages: ['docker-compose-plugin', 'docker-compose', 'docker-compose-v2'], go: { packages: ['github.com/docker/compose/cmd'], settings: ['github.com/docker/compose/internal.Version'] } },
  {
    id: 'containerd', name: 'containerd', packages: ['containerd', 'containerd.io'],
    go: {
      packages: ['github.com/containerd/containerd'], settings: ['github.com/containerd/containerd/version.Version'],
      runs: [[/^github\.com\/containerd\/containerd(?:\/v2)?$/, 'REVISION', 'VERSION'], [/^github\.com\/containerd\/containerd(?:\/v2)?$/, 'VERSION']],
    },
  },
  { id: 'runc', name: 'runc', packages: ['runc', 'containerd.io'], go: { packages: ['github.com/opencontainers/runc'], settings: ['main.version'], runs: [['VERSION', 'DESCRIBED'], ['DESCRIBED', 'VERSION']] } },
  { id: 'prometheus', name: 'Prometheus', packages: ['prometheus', 'golang-github-prometheus', 'prometheus2'], go: { packages: ['github.com/prometheus/prometheus'], settings: [PROMETHEUS_SETTING], ownVersions: true, runs: PROMETHEUS_RUNS } },
  { id: 'alertmanager', name: 'Prometheus Alertmanager', packages: ['prometheus-alertmanager', 'alertmanager', 'golang-github-prometheus-alertmanager'], go: { packages: ['github.com/prometheus/alertmanager'], settings: [PROMETHEUS_SETTING], runs: PROMETHEUS_RUNS } },
  { id: 'pushgateway', name: 'Prometheus Pushgateway', packages: ['prometheus-pushgateway', 'pushgateway'], go: { packages: ['github.com/prometheus/pushgateway'], settings: [PROMETHEUS_SETTING], runs: PROMETHEUS_RUNS } },
  { id: 'grafana', name: 'Grafana', packages: ['grafana', 'grafana-enterprise'], go: { packages: ['github.com/grafana/grafana/pkg/cmd'], settings: ['main.version'], ownVersions: true } },
  { id: 'consul', name: 'Consul', packages: ['consul', 'consul-enterprise'], go: { packages: ['github.com/hashicorp/consul'], settings: ['github.com/hashicorp/consul/version.Version'] } },
  { id: 'vault', name: 'Vault', packages: ['vault', 'vault-enterprise'], go: { packages: ['github.com/hashicorp/vault'], settings: ['github.com/hashicorp/vault/version.Version', 'github.com/hashicorp/vault/sdk/version.Version'] } },
  { id: 'nomad', name: 'Nomad', packages: ['nomad', 'nomad-enterprise'], go: { packages: ['github.com/hashicorp/nomad'], settings: ['github.com/hashicorp/nomad/version.Version'] } },
  // The file VERSION is built into it, with its line end, beside `dev`.
  { id: 'terraform', name: 'Terraform', packages: ['terraform'], go: { packages: ['github.com/hashicorp/terraform'], settings: ['github.com/hashicorp/terraform/version.Version'], runs: [['VERSION', YES_OR_NO], [YES_OR_NO, 'VERSION']] } },
  { id: 'kubectl', name: 'kubectl', packages: ['kubectl', 'kubernetes-client', 'kubernetes1*'], go: { packages: ['k8s.io/kubernetes/cmd/kubectl', 'k8s.io/kubernetes/cmd/kubectl-sdk', 'k8s.io/kubectl/cmd/kubectl'], ...KUBERNETES } },
  { id: 'kubelet', name: 'kubelet', packages: ['kubelet', 'kubernetes-node'], go: { packages: ['k8s.io/kubernetes/cmd/kubelet'], ...KUBERNETES } },
  { id: 'kubernetes', name: 'Kubernetes', packages: ['kubeadm', 'kubernetes-master', 'kubernetes-server'], go: { packages: ['k8s.io/kubernetes/cmd'], ...KUBERNETES } },
  { id: 'k3s', name: 'k3s', packages: ['k3s'], go: { packages: ['github.com/k3s-io/k3s', 'github.com/rancher/k3s'], settings: ['github.com/k3s-io/k3s/pkg/version.Version', 'github.com/rancher/k3s/pkg/version.Version'] } },
  {
    id: 'etcd', name: 'etcd', packages: ['etcd', 'etcd-server', 'etcd-client'],
    go: { packages: ['go.etcd.io/etcd', 'github.com/etcd-io/etcd', 'github.com/coreos/etcd'], runs: [[/^unknown$/, 'ANY', MIN_CLUSTER, 'VERSION'], [MIN_CLUSTER, 'VERSION', /^unknown$/], [/^unknown$/, 'VERSION']] },
  },
  { id: 'minio', name: 'MinIO', packages: ['minio'], go: { packages: ['github.com/minio/minio'], settings: ['github.com/minio/minio/cmd.ReleaseTag'], ownVersions: true } },
  {
    id: 'caddy', name: 'Caddy', packages: ['caddy'],
    go: {
      packages: ['github.com/caddyserver/caddy/cmd/caddy'], wraps: { package: 'caddy', module: 'github.com/caddyserver/caddy' }, settings: ['github.com/caddyserver/caddy.CustomVersion'],
      runs: [['VERSION', ADMIN, REMOTE_ADMIN], [ADMIN, REMOTE_ADMIN, 'VERSION']],
    },
  },
  { id: 'traefik', name: 'Traefik', packages: ['traefik'], go: { packages: ['github.com/traefik/traefik/cmd', 'github.com/containous/traefik/cmd'], settings: ['github.com/traefik/traefik/pkg/version.Version', 'github.com/containous/traefik/pkg/version.Version'] } },
  { id: 'restic', name: 'restic', packages: ['restic'], go: { packages: ['github.com/restic/restic'], settings: ['main.version'] } },
  { id: 'rclone', name: 'rclone', packages: ['rclone'], go: { packages: ['github.com/rclone/rclone', 'github.com/ncw/rclone'], settings: ['github.com/rclone/rclone/fs.Version'], runs: [[DEVELOPMENT, 'VERSION'], ['VERSION', DEVELOPMENT]] } },
  { id: 'ngrok', name: 'ngrok (tunnel)', packages: ['ngrok'], go: { packages: ['go.ngrok.com/cmd/ngrok', 'github.com/inconshreveable/ngrok'] } },
  { id: 'frp', name: 'frp (tunnel)', packages: ['frp', 'frps', 'frpc'], go: { packages: ['github.com/fatedier/frp/cmd'] } },
  { id: 'chisel', name: 'chisel (tunnel)', packages: ['chisel'], go: { packages: ['github.com/jpillora/chisel'], settings: ['github.com/jpillora/chisel/share.BuildVersion', 'github.com/jpillora/chisel/share/version.BuildVersion'] } },
  { id: 'cloudflared', name: 'cloudflared (tunnel)', packages: ['cloudflared'], go: { packages: ['github.com/cloudflare/cloudflared/cmd/cloudflared'], settings: ['main.Version'] } },
  { id: 'gost', name: 'gost (tunnel)', packages: ['gost'], go: { packages: ['github.com/ginuerzh/gost/cmd/gost', 'github.com/go-gost/gost/cmd/gost'], settings: ['main.version'] } },
];

/** Hundreds of people publish exporters for Prometheus, all named alike: 'github.com/prometheus/node_exporter', '…/postgres_exporter/cmd/postgres_exporter'. */
export function exporterRow(mainPackage: string): ProductRow | undefined {
  const name = /^[\w.-]{1,60}(?:\/[\w.-]{1,60}){1,2}\/([a-z\d_-]{1,40})[_-]exporter(?:\/|$)/.exec(mainPackage)?.[1]?.replaceAll('_', '-').replace(/-prometheus$/, '');
  if (name === undefined) return undefined;
  return {
    id: `prometheus-${name}-exporter`, name: `Prometheus ${name} exporter`,
    packages: [`prometheus-${name}-exporter`, `${name}_exporter`, `${name}-exporter`, `golang-github-prometheus-${name}-exporter`],
    go: { packages: [mainPackage], settings: [PROMETHEUS_SETTING, 'main.BuildVersion', 'main.version', 'main.Version'], runs: [...PROMETHEUS_RUNS, [DATE, 'VERSION']] },
  };
}
