using System.Net;
using System.Text;

namespace Postern.Interop.LibSsl.Demands;

/// <summary>A <see cref="ServerDemand"/> in OpenSSL's terms: the one place where a connection learns what its server must show.</summary>
internal static unsafe class Verification
{
    private const int VerifyNone = 0;
    private const int VerifyPeer = 1;
    private const int ControlServerName = 55;

    /// <summary>RFC 7672 §3.1.1, RFC 7671 §5.1: with DANE-EE the record binds the key to the name, not the certificate.</summary>
    private const nuint NoDaneEeNameChecks = 1;

    /// <summary>A pin is the operator's word for this very key, how short it may be.</summary>
    private const int AnyStrength = 0;

    /// <summary>Of a connection that is new.</summary>
    /// <exception cref="InvalidOperationException">OpenSSL has no memory, or a name is none.</exception>
    public static void Demand(nint ssl, ServerDemand demand)
    {
        NativeLibCrypto.ERR_clear_error();
        bool ok = SetServerName(ssl, demand.ServerName) && demand.Proof switch
        {
            ServerProof.None => true,
            ServerProof.Chain => SetNames(ssl, demand),
            ServerProof.Key => SetRecords(ssl, demand, null) && SetAnyStrength(ssl),

            // The first name is set by what enables DANE.
            _ => SetRecords(ssl, demand, demand.Names[0]) && AddNames(ssl, demand),
        };
        if (!ok)
            throw new InvalidOperationException("OpenSSL refuses what a server is to show: " + OpenSslError.Take());
        NativeLibSsl.SSL_set_verify(ssl, demand.IsEnforced && demand.Proof != ServerProof.None ? VerifyPeer : VerifyNone, 0);
    }

    /// <summary>Whether OpenSSL takes a TLSA record; no more is kept of it.</summary>
    public static bool Takes(nint context, DaneRecord record)
    {
        nint ssl = NativeLibSsl.SSL_new(context);
        if (ssl == 0)
            throw new InvalidOperationException("SSL_new: " + OpenSslError.Take());

        int result = NativeLibSsl.SSL_dane_enable(ssl, null) == 1 ? Add(ssl, record) : -1;
        NativeLibSsl.SSL_free(ssl);
        string problem = OpenSslError.Take();
        return result >= 0 ? result > 0 : throw new InvalidOperationException("SSL_dane_tlsa_add: " + problem);
    }

    /// <summary>Which record was matched in a handshake that is done; null: none, or there was none to match.</summary>
    public static DaneMatch? Match(nint ssl)
    {
        byte usage;
        byte selector;
        byte matching;
        byte* data;
        nuint length;
        int depth = NativeLibSsl.SSL_get0_dane_tlsa(ssl, &usage, &selector, &matching, &data, &length);
        return depth < 0 ? null : new DaneMatch(usage, selector, matching, [.. new ReadOnlySpan<byte>(data, (int)length)], depth);
    }

    private static bool SetServerName(nint ssl, string name)
    {
        // RFC 6066 §3: "Literal IPv4 and IPv6 addresses are not permitted in HostName".
        if (name.Length == 0 || IPAddress.TryParse(name, out _))
            return true;
        fixed (byte* p = Zero(name))
            return NativeLibSsl.SSL_ctrl(ssl, ControlServerName, 0, p) == 1;
    }

    private static bool SetNames(nint ssl, ServerDemand demand)
    {
        string name = demand.Names[0];
        nint parameters = NativeLibSsl.SSL_get0_param(ssl);
        fixed (byte* p = Zero(name))
        {
            return IPAddress.TryParse(name, out _)
                ? NativeLibCrypto.X509_VERIFY_PARAM_set1_ip_asc(parameters, p) == 1
                : NativeLibCrypto.X509_VERIFY_PARAM_set1_host(parameters, p, (nuint)name.Length) == 1 && AddNames(ssl, demand);
        }
    }

    /// <summary>Those behind the first.</summary>
    private static bool AddNames(nint ssl, ServerDemand demand)
    {
        bool ok = true;
        foreach (string name in demand.Names.AsSpan()[1..])
        {
            fixed (byte* p = Zero(name))
                ok = ok && NativeLibSsl.SSL_add1_host(ssl, p) == 1;
        }

        return ok;
    }

    /// <param name="name">Null: no name counts.</param>
    private static bool SetRecords(nint ssl, ServerDemand demand, string? name)
    {
        fixed (byte* p = name is null ? null : Zero(name))
        {
            if (NativeLibSsl.SSL_dane_enable(ssl, p) != 1)
                return false;
        }

        _ = NativeLibSsl.SSL_dane_set_flags(ssl, NoDaneEeNameChecks);
        bool ok = true;
        foreach (DaneRecord record in demand.Records)
            ok = ok && Add(ssl, record) > 0;
        return ok;
    }

    private static int Add(nint ssl, DaneRecord record)
    {
        fixed (byte* p = record.Data.AsSpan())
            return NativeLibSsl.SSL_dane_tlsa_add(ssl, record.Usage, record.Selector, record.Matching, p, (nuint)record.Data.Length);
    }

    private static bool SetAnyStrength(nint ssl)
    {
        NativeLibCrypto.X509_VERIFY_PARAM_set_auth_level(NativeLibSsl.SSL_get0_param(ssl), AnyStrength);
        return true;
    }

    private static byte[] Zero(string name) => [.. Encoding.ASCII.GetBytes(name), 0];
}
