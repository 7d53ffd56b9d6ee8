using System.Diagnostics;

namespace Postern.EndToEnd.Rigs;

/// <summary>A Dovecot of its own: imap, pop3, lmtp, managesieve, all in the clear, all behind PROXY headers but lmtp.</summary>
internal sealed class DovecotRig : IDisposable
{
    private readonly Workplace _place;

    public DovecotRig(Workplace place)
    {
        _place = place;
        _ = place.MakeDirectory("mail", "nobody:nogroup");
        _ = Directory.CreateDirectory(place.At("run"));
        _ = Directory.CreateDirectory(place.At("state"));
        string file = place.Write("dovecot.conf", $$"""
            base_dir = {{place.At("run")}}
            state_dir = {{place.At("state")}}
            log_path = {{Log}}
            protocols = imap pop3 lmtp sieve
            listen = 127.0.0.1
            ssl = no
            disable_plaintext_auth = no
            haproxy_trusted_networks = 127.0.0.0/8
            mail_location = maildir:{{place.At("mail")}}/%n/Maildir
            first_valid_uid = 1
            first_valid_gid = 1
            auth_mechanisms = plain login
            auth_username_format = %n
            mail_max_userip_connections = 100
            passdb {
              driver = static
              args = password=secret
            }
            userdb {
              driver = static
              args = uid=nobody gid=nogroup home={{place.At("mail")}}/%n
            }
            service imap-login {
              inet_listener imap {
                port = {{Imap}}
                haproxy = yes
              }
              inet_listener imaps {
                port = 0
              }
            }
            service pop3-login {
              inet_listener pop3 {
                port = {{Pop3}}
                haproxy = yes
              }
              inet_listener pop3s {
                port = 0
              }
            }
            service managesieve-login {
              inet_listener sieve {
                port = {{Sieve}}
                haproxy = yes
              }
            }
            service lmtp {
              inet_listener lmtp {
                port = {{Lmtp}}
              }
              unix_listener lmtp {
                mode = 0666
              }
            }
            service auth {
              unix_listener {{AuthSocket}} {
                mode = 0666
              }
            }

            """);
        using Process started = Process.Start(new ProcessStartInfo("dovecot", ["-c", file]))!;
        foreach (int port in (int[])[Imap, Pop3, Sieve, Lmtp])
            Workplace.WaitForPort(port, () => File.Exists(Log) ? File.ReadAllText(Log) : "no log");
    }

    public int Imap { get; } = Workplace.FreePort();

    public int Pop3 { get; } = Workplace.FreePort();

    public int Sieve { get; } = Workplace.FreePort();

    public int Lmtp { get; } = Workplace.FreePort();

    public string LmtpSocket => _place.At("run/lmtp");

    public string AuthSocket => _place.At("auth");

    public string Log => _place.At("dovecot.log");

    public void Dispose()
    {
        string pid = _place.At("run/master.pid");
        if (File.Exists(pid))
            _ = Tool.Run("kill", File.ReadAllText(pid).Trim());
        Workplace.WaitFor(() => !File.Exists(pid), () => "dovecot did not end");
    }
}
