// The packages of the RPM host that the tests build: one of everything that an rpm database can say of a file, in two generations.
import { elf } from './elf.ts';
import type { RpmFile, RpmPackage } from './rpm-build.ts';

const directory = (path: string, mode = '0755', owner = 'root'): RpmFile => ({ path, directory: true, mode, owner });
const program = (path: string, text = path): RpmFile => ({ path, mode: '0755', content: elf({ type: 'program', dynamic: true, text }) });
const text = (path: string, content: string, more: Partial<RpmFile> = {}): RpmFile => ({ path, content, ...more });

/** The programs that `coretools` brings; some of them are tampered with by plant-rpm.ts. */
export const CORE_PROGRAMS = ['cat', 'cp', 'date', 'head', 'ls', 'mv', 'rm', 'sort', 'tail', 'tee', 'uniq', 'wc'] as const;

const skeleton: RpmPackage = {
  name: 'skeleton', version: '3.18', noarch: true, tags: ['Provides: filesystem'],
  files: [
    ...['/usr', '/usr/lib', '/usr/lib64', '/usr/libexec', '/usr/share', '/usr/share/doc', '/usr/share/man', '/usr/share/licenses', '/usr/local', '/usr/local/bin', '/usr/local/sbin',
      '/usr/local/lib', '/etc', '/etc/profile.d', '/etc/cron.d', '/etc/sudoers.d', '/etc/ld.so.conf.d', '/etc/systemd', '/etc/systemd/system', '/usr/lib/systemd', '/usr/lib/systemd/system',
      '/usr/lib/udev', '/usr/lib/udev/rules.d', '/usr/lib/modules', '/var', '/var/cache', '/var/lib', '/var/log', '/var/spool', '/opt', '/srv', '/run', '/home', '/mnt', '/media', '/boot', '/dev'].map((path) => directory(path)),
    directory('/usr/bin', '0555'), directory('/usr/sbin', '0555'), directory('/root', '0550'), directory('/proc', '0555'), directory('/sys', '0555'),
    directory('/tmp', '1777'), directory('/var/tmp', '1777'),
    ...['bin', 'sbin', 'lib', 'lib64'].map((name): RpmFile => ({ path: `/${name}`, linkTo: `usr/${name}` })),
    { path: '/var/run', linkTo: '../run' },
    text('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n', { directive: '%config(noreplace) %verify(not md5 size mtime)' }),
    text('/etc/group', 'root:x:0:\nnobody:x:65534:\n', { directive: '%config(noreplace) %verify(not md5 size mtime)' }),
    text('/etc/shadow', 'root:!:19000::::::\nnobody:!:19000::::::\n', { directive: '%config(noreplace) %verify(not md5 size mtime)', mode: '0000' }),
    text('/etc/hosts', '127.0.0.1 localhost\n', { directive: '%config(noreplace)' }),
    text('/etc/profile', '# system profile\n', { directive: '%config' }),
    text('/etc/motd', 'welcome\n', { directive: '%config(noreplace)' }),
    { path: '/etc/mtab', directive: '%ghost' },
    { path: '/var/log/lastlog', directive: '%ghost', mode: '0664' },
  ],
};

function release(key: string): RpmPackage {
  return {
    name: 'example-release', version: '9', release: '4', noarch: true, tags: ['Requires: skeleton', 'Provides: system-release = 9'],
    files: [
      text('/usr/lib/os-release', 'NAME="Example Linux"\nID=example\nID_LIKE="rhel fedora"\nVERSION_ID="9"\nPRETTY_NAME="Example Linux 9"\n'),
      { path: '/etc/os-release', linkTo: '../usr/lib/os-release' },
      directory('/etc/yum.repos.d'), directory('/etc/dnf'), directory('/etc/dnf/protected.d'), directory('/etc/dnf/plugins'), directory('/etc/pki'), directory('/etc/pki/rpm-gpg'), directory('/etc/rpm'),
      text('/etc/yum.repos.d/example.repo', '[example]\nname=Example\nbaseurl=file:///srv/repository\nenabled=1\ngpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-example\n', { directive: '%config(noreplace)' }),
      text('/etc/dnf/dnf.conf', '[main]\ngpgcheck=1\ninstallonly_limit=3\nclean_requirements_on_remove=True\n', { directive: '%config(noreplace)' }),
      text('/etc/dnf/protected.d/example.conf', 'example-release\nskeleton\n', { directive: '%config(noreplace)' }),
      text('/etc/pki/rpm-gpg/RPM-GPG-KEY-example', key),
      text('/etc/rpm/macros.example', '%_dbpath /var/lib/rpm\n'),
    ],
  };
}

const coretools: RpmPackage = {
  name: 'coretools', epoch: 1, version: '1.35.0', release: '4', tags: ['Requires: skeleton'],
  files: [
    ...CORE_PROGRAMS.map((name) => program(`/usr/bin/${name}`)),
    { path: '/usr/bin/list', linkTo: 'ls' },
    directory('/usr/share/doc/coretools'), text('/usr/share/doc/coretools/README', 'tools\n', { directive: '%doc' }),
    { path: '/usr/lib64/libcore.so.6', mode: '0755', content: elf({ type: 'library', text: 'core' }) },
  ],
};

const privtools: RpmPackage = {
  name: 'privtools', version: '1.2', tags: ['Requires: coretools'],
  files: [
    { ...program('/usr/bin/switch-user'), mode: '4755' },
    { ...program('/usr/bin/send-echo'), caps: 'cap_net_raw=ep' },
    program('/usr/bin/twice'), { path: '/usr/bin/twice-again', mode: '0755', hardLinkOf: '/usr/bin/twice' },
  ],
};

function kvstore(version: string): RpmPackage {
  return {
    name: 'kvstore', version, tags: [`Requires: kvstore-common = ${version}-1`, 'Requires: libcore.so.6()(64bit)', 'Recommends: kvstore-extras'],
    lua: {
      pre: ['for file, line in pairs({ ["/etc/passwd"] = "kvstore:x:990:990:kvstore:/var/lib/kvstore:/sbin/nologin", ["/etc/group"] = "kvstore:x:990:" }) do',
        '  local seen = false', '  for each in io.lines(file) do if each == line then seen = true end end',
        '  if not seen then local out = io.open(file, "a"); out:write(line, "\\n"); out:close() end', 'end'].join('\n'),
    },
    files: [
      program('/usr/bin/kvstore-server', version),
      text('/usr/bin/kvstore-cli', '#!/bin/sh\nexec kvstore-server --client "$@"\n', { mode: '0755' }),
      directory('/etc/kvstore'),
      text('/etc/kvstore/kvstore.conf', 'port 6390\n', { directive: '%config(noreplace)' }),
      text('/etc/kvstore/users.acl', 'default\n', { directive: '%config(noreplace)', mode: '0640', owner: 'kvstore' }),
      text('/usr/lib/systemd/system/kvstore.service', '[Service]\nExecStart=/usr/bin/kvstore-server\n[Install]\nWantedBy=multi-user.target\n'),
      directory('/var/lib/kvstore', '0750', 'kvstore'), directory('/var/log/kvstore', '0755', 'kvstore'),
      { path: '/var/log/kvstore/kvstore.log', directive: '%ghost', mode: '0640', owner: 'kvstore' },
      { path: '/var/lib/kvstore/dump.kv', directive: '%ghost', mode: '0644', owner: 'kvstore' },
    ],
  };
}

function kernel(version: string): RpmPackage {
  return {
    name: 'kernel-example', version, release: '300', noarch: true, tags: [`Provides: kernel = ${version}`, 'Provides: installonlypkg(kernel)'],
    files: [
      directory(`/usr/lib/modules/${version}`), text(`/usr/lib/modules/${version}/modules.order`, version),
      text(`/boot/vmlinuz-${version}`, `kernel ${version}`, { mode: '0600' }),
      { path: `/boot/initramfs-${version}.img`, directive: '%ghost' },
    ],
  };
}

const plain = (name: string, version: string, tags: readonly string[], files: readonly RpmFile[]): RpmPackage => ({ name, version, noarch: true, tags, files });

export function firstGeneration(key: string): readonly RpmPackage[] {
  return [
    skeleton, release(key), { ...coretools, tags: [...coretools.tags!, 'Provides: libcore.so.6()(64bit)'] }, privtools,
    kvstore('7.0.11'), plain('kvstore-common', '7.0.11', [], [directory('/usr/share/kvstore'), text('/usr/share/kvstore/help.txt', '7.0.11')]),
    plain('kvstore-extras', '1', [], [text('/usr/share/kvstore-extras', 'more')]),
    kernel('6.1.1'),
    {
      ...plain('webthing', '3.1^git20240101', ['Requires: kvstore >= 7', 'Requires: (privtools if coretools)', 'Recommends: webthing-theme'], [
        directory('/etc/webthing'), text('/etc/webthing/webthing.conf', 'listen 127.0.0.1\n', { directive: '%config' }),
        directory('/usr/share/webthing'),
        ...['name with blanks.txt', 'snowman-☃.txt', '100%.txt', "quote'.txt"].map((name) => text(`/usr/share/webthing/${name}`, name)),
        directory('/var/www'), text('/var/www/index.html', '<h1>hello</h1>\n', { directive: '%config(noreplace,missingok)' }),
      ]), epoch: 2,
    },
    plain('webthing-theme', '1', [], [text('/usr/share/webthing-theme', 'blue')]),
    plain('interpreter-libs', '3.11', ['Requires: coretools'], [
      directory('/usr/lib/python3.11'), directory('/usr/lib/python3.11/site-packages'), text('/usr/lib/python3.11/site-packages/module.py', 'answer = 42\n'),
    ]),
    { ...plain('oldmon', '1.0', ['Requires: libunused'], [program('/usr/bin/mon', 'old')]), noarch: false },
    plain('libunused', '1', [], [directory('/usr/share/libunused'), text('/usr/share/libunused/data', 'd')]),
    plain('spare', '1', [], [text('/usr/share/spare', 'not installed on a clean host')]),
  ];
}

/** What is upgraded to, installed beside, or replaces something of the first generation. */
export function secondGeneration(): readonly RpmPackage[] {
  return [
    kvstore('7.2.4'), plain('kvstore-common', '7.2.4', [], [directory('/usr/share/kvstore'), text('/usr/share/kvstore/help.txt', '7.2.4')]),
    kernel('6.1.2'),
    { ...plain('newmon', '2.0', ['Obsoletes: oldmon < 2', 'Provides: oldmon = 2.0'], [program('/usr/bin/mon', 'new')]), noarch: false },
  ];
}

/** A third party's, which is not signed. */
export const vendorAgent: RpmPackage = {
  name: 'vendor-agent', version: '5.5.0', release: '101', vendor: 'Vendor Inc',
  files: [directory('/opt/vendor'), directory('/opt/vendor/bin'), { ...program('/opt/vendor/bin/agent'), mode: '0750' }, directory('/opt/vendor/etc'),
    text('/opt/vendor/etc/agent.ini', 'key=\n', { directive: '%config(noreplace)', mode: '0600' })],
};
