using System.Runtime.InteropServices;

namespace Postern.Interop.LibSsl.Keys;

/// <summary>
/// A provider of OpenSSL whose private keys are elsewhere: to libssl they look like any other, and each signature is
/// asked of an <see cref="IKeyAgent"/>. Only keys made here use it; everything else goes on with the default provider.
/// </summary>
/// <remarks>provider(7), provider-keymgmt(7), provider-signature(7) of OpenSSL 3.0.</remarks>
public static unsafe partial class KeyProvider
{
    private const int QueryOperation = 1027;
    private const int OperationKeyManagement = 10;
    private const int OperationSignature = 12;

    private static readonly Lock s_gate = new();
    private static IKeyAgent? s_agent;
    private static OsslAlgorithm* s_keyManagement;
    private static OsslAlgorithm* s_signature;
    private static OsslAlgorithm* s_schedule;

    // Tables, like texts, live as long as the process: OpenSSL keeps the addresses.
    private static byte* s_name;
    private static byte* s_own;

    /// <summary>Registers the provider, once for the process. Empty, or why OpenSSL refused.</summary>
    public static string Load(IKeyAgent agent)
    {
        lock (s_gate)
        {
            if (s_agent is not null)
            {
                s_agent = agent;
                return "";
            }

            s_name = NativeKeys.Text("postern");
            s_own = NativeKeys.Text("provider=postern");
            s_keyManagement = Algorithms(
                ("EC:id-ecPublicKey:1.2.840.10045.2.1", KeyManagement(&OperationNameEc, &ImportEc)),
                ("RSA:rsaEncryption:1.2.840.113549.1.1.1", KeyManagement(&OperationNameRsa, &ImportRsa)),
                ("ED25519:1.3.101.112", KeyManagement(&OperationNameEd25519, &ImportEd25519)));
            nint signature = Signature();
            s_signature = Algorithms(
                ("ECDSA", signature), ("RSA:rsaEncryption:1.2.840.113549.1.1.1", signature), ("ED25519:1.3.101.112", signature));

            s_schedule = Algorithms(("TLS13-KDF", Schedule()));
            s_schedule->Properties = NativeKeys.Text(ScheduleProperties);
            bool ok = NativeKeys.OSSL_PROVIDER_load(0, NativeKeys.Text("default")) != 0
                && NativeKeys.EVP_set_default_properties(0, NativeKeys.Text(Preferences)) == 1
                && NativeKeys.OSSL_PROVIDER_add_builtin(0, s_name, &Initialise) == 1
                && NativeKeys.OSSL_PROVIDER_load(0, s_name) != 0
                && HasSchedule();
            if (!ok)
                return OpenSslError.Take();

            s_agent = agent;
            return "";
        }
    }

    /// <summary>The key that the agent knows by this number.</summary>
    internal static ISigningKey KeyOf(int number) => new AgentKey(number);

    private sealed class AgentKey(int number) : ISigningKey
    {
        public int Sign(SignatureScheme scheme, ReadOnlySpan<byte> message, Span<byte> signature) => s_agent?.Sign(number, scheme, message, signature) ?? 0;
    }

    [UnmanagedCallersOnly]
    private static int Initialise(nint handle, OsslDispatch* core, OsslDispatch** functions, void** context)
    {
        *context = s_name;
        *functions = Table((QueryOperation, (nint)(delegate* unmanaged<nint, int, int*, OsslAlgorithm*>)&Query));
        return 1;
    }

    [UnmanagedCallersOnly]
    private static OsslAlgorithm* Query(nint context, int operation, int* noCache)
    {
        *noCache = 0;
        return operation switch
        {
            OperationKeyManagement => s_keyManagement,
            OperationSignature => s_signature,
            OperationKdf => s_schedule,
            _ => null,
        };
    }

    private static OsslAlgorithm* Algorithms(params (string Names, nint Implementation)[] algorithms)
    {
        var table = (OsslAlgorithm*)NativeMemory.AllocZeroed((nuint)(algorithms.Length + 1), (nuint)sizeof(OsslAlgorithm));
        for (int i = 0; i < algorithms.Length; i++)
        {
            table[i].Names = NativeKeys.Text(algorithms[i].Names);
            table[i].Properties = s_own;
            table[i].Implementation = (OsslDispatch*)algorithms[i].Implementation;
        }

        return table;
    }

    private static OsslDispatch* Table(params ReadOnlySpan<(int Function, nint Address)> functions)
    {
        var table = (OsslDispatch*)NativeMemory.AllocZeroed((nuint)(functions.Length + 1), (nuint)sizeof(OsslDispatch));
        for (int i = 0; i < functions.Length; i++)
            table[i] = new OsslDispatch { Function = functions[i].Function, Address = functions[i].Address };
        return table;
    }

    private static OsslParameter* Parameters(uint type, params ReadOnlySpan<string> names)
    {
        var list = (OsslParameter*)NativeMemory.AllocZeroed((nuint)(names.Length + 1), (nuint)sizeof(OsslParameter));
        for (int i = 0; i < names.Length; i++)
            list[i] = new OsslParameter { Key = NativeKeys.Text(names[i]), Type = type };
        return list;
    }
}
