using System.Diagnostics;

namespace Postern.EndToEnd.Rigs;

/// <summary>
/// A Dovecot that takes nobody's password without TLS: imap, pop3 and managesieve with STARTTLS, and a port for each of them that begins
/// with TLS. And lmtp both ways, in which it does not insist on STARTTLS.
/// </summary>
internal sealed class SecureDovecotRig : IDisposable
{
    /// <summary>Where it listens. What comes from its own address is as good as inside TLS to Dovecot; nothing comes from this one.</summary>
    public const string Address = "127.0.0.2";

    private readonly Workplace _place;

    /// <param name="place">Where its files go: below secure/.</param>
    /// <param name="certificate">Path of its chain, beside which lies its key.</param>
    public SecureDovecotRig(Workplace place, string certificate)
    {
        _place = place;
        _ = Directory.CreateDirectory(place.At("secure"));
        _ = place.MakeDirectory("secure/mail", "nobody:nogroup");
        _ = Directory.CreateDirectory(place.At("secure/run"));
        _ = Directory.CreateDirectory(place.At("secure/state"));
        string file = place.Write("secure/dovecot.conf", $$"""
            base_dir = {{place.At("secure/run")}}
            state_dir = {{place.At("secure/state")}}
            log_path = {{Log}}
            protocols = imap pop3 lmtp sieve
            listen = {{Address}}
            ssl = required
            ssl_cert = <{{certificate}}
            ssl_key = <{{Path.ChangeExtension(certificate, ".key")}}
            disable_plaintext_auth = yes
            mail_location = maildir:{{place.At("secure/mail")}}/%n/Maildir
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
              args = uid=nobody gid=nogroup home={{place.At("secure/mail")}}/%n
            }
            service imap-login {
              inet_listener imap {
                port = {{Imap}}
              }
              inet_listener imaps {
                port = {{Imaps}}
                ssl = yes
              }
            }
            service pop3-login {
              inet_listener pop3 {
                port = {{Pop3}}
              }
              inet_listener pop3s {
                port = {{Pop3s}}
                ssl = yes
              }
            }
            service managesieve-login {
              inet_listener sieve {
                port = {{Sieve}}
              }
              inet_listener sieves {
                port = {{Sieves}}
                ssl = yes
              }
            }
            service lmtp {
              inet_listener lmtp {
                port = {{Lmtp}}
              }
              inet_listener lmtps {
                port = {{Lmtps}}
                ssl = yes
              }
            }

            """);
        using Process started = Process.Start(new ProcessStartInfo("dovecot", ["-c", file]))!;
        foreach (int port in (int[])[Imap, Imaps, Pop3, Pop3s, Sieve, Sieves, Lmtp, Lmtps])
            Workplace.WaitForPort(port, () => File.Exists(Log) ? File.ReadAllText(Log) : "no log", Address);
    }

    public int Imap { get; } = Workplace.FreePort();

    public int Imaps { get; } = Workplace.FreePort();

    public int Pop3 { get; } = Workplace.FreePort();

    public int Pop3s { get; } = Workplace.FreePort();

    public int Sieve { get; } = Workplace.FreePort();

    public int Sieves { get; } = Workplace.FreePort();

    public int Lmtp { get; } = Workplace.FreePort();

    public int Lmtps { get; } = Workplace.FreePort();

    public string Log => _place.At("secure/dovecot.log");

    public void Dispose()
    {
        string pid = _place.At("secure/run/master.pid");
        if (File.Exists(pid))
            _ = Tool.Run("kill", File.ReadAllText(pid).Trim());
        Workplace.WaitFor(() => !File.Exists(pid), () => "dovecot did not end");
    }
}
